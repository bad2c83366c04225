"""What a live source asks of the estimator before its first exposure."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from engines.choice.choose import make_model
from engines.choice.faster import cheaper, describe, measured
from focstream.demand import Speed
from focstream.protocols import Readiness
from inference.config import InferenceConfig
from inference.depth_model import DepthModel
from inference.pace import measure_speed


class ModelReadiness(Readiness):
    """Gets the model that is asked for ready and measures it; names what would be faster.

    Parameters
    ----------
    config
        What is asked for.
    """

    def __init__(self, config: InferenceConfig) -> None:
        self._config = config
        self._speeds: dict[tuple[int, ...], Speed] = {}
        self._faster: dict[tuple[int, ...], str] = {}
        self._preparing = 0

    @functools.cached_property
    def model(self) -> DepthModel[Any, Any]:
        """The model, opened when it is first asked for; raises as `engines.choice.choose.make_model` does."""
        return make_model(self._config)

    @property
    def preparing(self) -> bool:
        """Whether the model is being built or measured now. May be read from any thread."""
        return self._preparing > 0

    def build(self, shape: tuple[int, ...]) -> None:
        """Build what images of `shape` need."""
        with self._noted():
            self.model.initial_state(shape)

    def prepare(self, shape: tuple[int, ...]) -> Speed:
        """Build and warm up what images of `shape` need; return how fast it takes them.

        Measured once: when a lost device is back, the estimator may be busy with its last slices.
        """
        if shape not in self._speeds:
            with self._noted():
                self._speeds[shape] = measure_speed(self.model, shape)
        return self._speeds[shape]

    def faster(self, shape: tuple[int, ...]) -> str:
        """Measure the cheaper ways to compute depth, once; return those with their slices a second."""
        if shape not in self._faster:
            with self._noted():
                self._faster[shape] = self._measured_faster(shape)
        return self._faster[shape]

    @contextmanager
    def _noted(self) -> Iterator[None]:
        self._preparing += 1
        try:
            yield
        finally:
            self._preparing -= 1

    def _measured_faster(self, shape: tuple[int, ...]) -> str:
        if self._config.model == "auto" or self._config.slices_s_at_most is not None:
            return ""
        return describe(list(measured(cheaper(self._config), shape, make=make_model)))


def opened_model(config: InferenceConfig) -> ModelReadiness:
    """Open the model at once, where nothing is known yet of its images; raises as `make_model` does."""
    readiness = ModelReadiness(config)
    _ = readiness.model
    return readiness
