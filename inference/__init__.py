"""From focal slices to depth maps."""

from inference.build import make_estimator
from inference.config import InferenceConfig
from inference.depth_model import DepthMaps, DepthModel
from inference.policies import RefineEstimator, RollingEstimator

__all__ = [
    "DepthMaps",
    "DepthModel",
    "InferenceConfig",
    "RefineEstimator",
    "RollingEstimator",
    "make_estimator",
]
