"""What engines without torch know of shapes is what torch makes."""

import numpy as np
import pytest
import torch

from engines.graphs.modules import flatten, unflatten
from engines.graphs.state_layout import TensorSpec, feature_tensors, state_tensors
from inference.network.config import NetworkConfig
from inference.network.network import FocDepthFormer, SweepState
from tests.engines.graphs.exported import TINY

CONFIGS = [TINY, NetworkConfig(), TINY.model_copy(update={"fusion": "latent", "groups": 4})]


def state_and_features(config: NetworkConfig) -> tuple[SweepState, list[torch.Tensor]]:
    model = FocDepthFormer(config).eval()
    with torch.no_grad():
        features = model.encode(torch.rand(2, 3, 32, 48), torch.rand(2))
    tensors = [features.fine, features.mid, features.tokens, features.sharpness, features.colour]
    return model.initial_state(features), tensors


@pytest.mark.parametrize("config", CONFIGS)
def test_the_state_begins_as_in_torch(config: NetworkConfig) -> None:
    state, _ = state_and_features(config)
    layout = state_tensors(config)
    for spec, tensor in zip(layout, flatten(state, layout), strict=True):
        expected = spec.initial(2, 32, 48)
        np.testing.assert_array_equal(tensor.numpy(), expected, err_msg=spec.path)
        assert tensor.shape == expected.shape


@pytest.mark.parametrize("config", CONFIGS)
def test_features_have_these_shapes(config: NetworkConfig) -> None:
    _, features = state_and_features(config)
    for spec, tensor in zip(feature_tensors(config), features, strict=True):
        assert tuple(tensor.shape) == spec.shape(2, 32, 48)


def test_a_state_survives_flattening() -> None:
    state, _ = state_and_features(TINY)
    layout = state_tensors(TINY)
    marked = tuple(torch.full_like(tensor, i) for i, tensor in enumerate(flatten(state, layout)))
    again = flatten(unflatten(marked, layout), layout)
    assert all(one is other for one, other in zip(marked, again, strict=True))


def test_names_are_those_of_one_tensor_each() -> None:
    specs: list[TensorSpec] = [*state_tensors(TINY), *feature_tensors(TINY)]
    names = [spec.name for spec in specs] + [spec.next_name for spec in specs]
    assert len(set(names)) == len(names)
