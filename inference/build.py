"""From a model and the user's choices to an estimator."""

from focstream.protocols import DepthEstimator
from inference.config import InferenceConfig
from inference.depth_model import DepthModel, Features, State
from inference.policies import RefineEstimator, RollingEstimator


def make_estimator(model: DepthModel[Features, State], config: InferenceConfig) -> DepthEstimator:
    """Estimator for one stream, ready for its first slice."""
    return RefineEstimator(model) if config.update == "refine" else RollingEstimator(model)
