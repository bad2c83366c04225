"""Estimators make depth maps from focal slices."""

from inference.config import InferenceConfig
from inference.depth_model import DepthMaps, DepthModel
from inference.policies import RefineEstimator, RollingEstimator, make_estimator

__all__ = [
    "DepthMaps",
    "DepthModel",
    "InferenceConfig",
    "RefineEstimator",
    "RollingEstimator",
    "make_estimator",
]
