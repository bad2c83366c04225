"""An estimator whose update policy can be changed between two sweeps."""

from typing import Generic

from focstream.control.control import ControlState
from focstream.protocols import DepthEstimator
from focstream.types import DepthUpdate, FocalSlice
from inference.config import InferenceConfig
from inference.depth_model import DepthModel, Features, State
from inference.policies import make_estimator

POLICIES = ("refine", "rolling")


class ChangingPolicy(Generic[Features, State]):
    """A `DepthEstimator` and a control, over the estimators of both policies.

    Parameters
    ----------
    model
        What computes depth.
    config
        How it begins.
    """

    def __init__(self, model: DepthModel[Features, State], config: InferenceConfig) -> None:
        self._model = model
        self._config = config
        self._asked: str = config.update
        self._sweep_id: int | None = None
        self._estimator: DepthEstimator = make_estimator(model, config)

    @property
    def state(self) -> ControlState:
        """The policy from the next sweep on."""
        return ControlState(value=self._asked, choices=POLICIES)

    def change(self, value: str) -> None:
        """Take another policy with the next sweep."""
        self._asked = value

    def push(self, focal_slice: FocalSlice, *, show: bool = True) -> DepthUpdate | None:
        """Take one slice; the first of a sweep may return the final map of the sweep before."""
        tag = focal_slice.tag
        if tag.settling or tag.sweep_id == self._sweep_id:
            return self._estimator.push(focal_slice, show=show)
        self._sweep_id = tag.sweep_id
        owed = self._changed() if self._asked != self._config.update else None
        update = self._estimator.push(focal_slice, show=show and owed is None)
        return owed or update

    def finish(self) -> DepthUpdate | None:
        """End the sweep in hand early; return its final map, or None."""
        return self._estimator.finish()

    def close(self) -> None:
        """Free what the estimator holds."""
        self._estimator.close()

    def _changed(self) -> DepthUpdate | None:
        """Take the policy asked for; return the final map of the sweep in hand, if it is not out yet."""
        owed = self._estimator.finish()
        self._estimator.close()
        self._config = self._config.model_copy(update={"update": self._asked})
        self._estimator = make_estimator(self._model, self._config)
        return owed
