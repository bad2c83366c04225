"""The user's choices."""

import pytest
from pydantic import ValidationError

from inference.config import InferenceConfig


def test_unknown_choices_are_refused():
    with pytest.raises(ValidationError):
        InferenceConfig(model="magic")
    with pytest.raises(ValidationError):
        InferenceConfig(speed="fast")


def test_every_choice_is_described():
    assert all(field.description for field in InferenceConfig.model_fields.values())
