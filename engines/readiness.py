"""What a live source asks of the estimator before its first exposure."""

from typing import Any

from engines.choose import make_model
from engines.faster import cheaper, describe, measured
from focstream.protocols import Readiness
from inference.config import InferenceConfig
from inference.depth_model import DepthModel
from inference.pace import measure_slices_s


class ModelReadiness(Readiness):
    """Gets a model ready and measures it; names what would be faster.

    Parameters
    ----------
    model
        Computes depth.
    config
        The choices that made it.
    """

    def __init__(self, model: DepthModel[Any, Any], config: InferenceConfig) -> None:
        self._model = model
        self._config = config

    def prepare(self, shape: tuple[int, ...]) -> float:
        """Build and warm up what images of `shape` need; return the slices a second that it takes."""
        return measure_slices_s(self._model, shape)

    def faster(self, shape: tuple[int, ...]) -> str:
        """Measure the cheaper ways to compute depth; return those with their slices a second."""
        if self._config.model == "auto" or self._config.slices_s_at_most is not None:
            return ""
        return describe(list(measured(cheaper(self._config), shape, make=make_model)))
