"""From the user's choices to an estimator."""

from focstream.protocols import DepthEstimator
from inference.config import InferenceConfig
from inference.policies import RefineEstimator, RollingEstimator
from inference.sharpness import SharpnessModel


def make_estimator(config: InferenceConfig) -> DepthEstimator:
    """Estimator for one stream, ready for its first slice."""
    model = SharpnessModel(fill=config.fill)
    return RefineEstimator(model) if config.update == "refine" else RollingEstimator(model)
