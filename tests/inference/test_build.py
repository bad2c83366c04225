"""The user's choices."""

import pytest
from pydantic import ValidationError

from inference.build import make_estimator
from inference.config import InferenceConfig
from inference.policies import RefineEstimator, RollingEstimator
from inference.sharpness import SharpnessModel
from tests.inference.slices import focal_slice, grey


@pytest.mark.parametrize(("update", "policy"), [("refine", RefineEstimator), ("rolling", RollingEstimator)])
def test_update_chooses_the_policy(update, policy):
    assert isinstance(make_estimator(SharpnessModel(), InferenceConfig(update=update)), policy)


def test_a_sweep_through_the_built_estimator():
    estimator = make_estimator(SharpnessModel(fill=True), InferenceConfig())
    estimator.push(focal_slice(grey(0.2), 0.2))
    update = estimator.push(focal_slice(grey(0.8), 0.8, last=True))
    assert update.final
    assert (update.model, update.engine, update.slices_seen) == ("sharpness", "opencv", 2)
    assert update.coordinate.shape == grey(0.2).shape


def test_unknown_choices_are_refused():
    with pytest.raises(ValidationError):
        InferenceConfig(model="magic")
    with pytest.raises(ValidationError):
        InferenceConfig(speed="fast")


def test_every_choice_is_described():
    assert all(field.description for field in InferenceConfig.model_fields.values())
