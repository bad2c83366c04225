"""A narrow network begins with channels of a wide one."""

import pytest
import torch

from focstream.types import InputError
from inference.network.config import NetworkConfig
from inference.network.network import FocDepthFormer
from training.learning.distilling.narrow import narrow

WIDE = NetworkConfig(fine=12, mid=24, tokens=40, layers=2, heads=2, groups=3)
NARROW = NetworkConfig(fine=6, mid=12, tokens=20, layers=1, heads=2, groups=3, stem_blocks=1)


def test_channels_are_taken_evenly_and_what_is_measured_as_a_whole() -> None:
    wide, network = FocDepthFormer(WIDE), FocDepthFormer(NARROW)
    narrow(network, wide)
    ours, theirs = network.state_dict(), wide.state_dict()
    assert torch.equal(ours["stem.spatial.weight"], theirs["stem.spatial.weight"][::2, ::2])
    assert torch.equal(ours["stem.sharpness.weight"], theirs["stem.sharpness.weight"])
    assert torch.equal(ours["recurrence.gates.weight"], theirs["recurrence.gates.weight"][::2, ::2])
    merge, whole = ours["decoder.merge.weight"], theirs["decoder.merge.weight"]
    assert torch.equal(merge[:, :26], whole[::2, :26])  # ten numbers of the focus curve, sixteen of contrast
    assert torch.equal(merge[:, 26:], whole[::2, 26::2])


def test_of_the_same_size_all_is_taken() -> None:
    wide, network = FocDepthFormer(WIDE), FocDepthFormer(WIDE)
    narrow(network, wide)
    images, coordinates = torch.rand(1, 2, 3, 32, 32), torch.tensor([[0.2, 0.8]])
    (ours,), (theirs,) = (model.eval()(images, coordinates, (2,)) for model in (network, wide))
    assert torch.equal(ours.coordinate, theirs.coordinate)


@pytest.mark.parametrize(
    ("change", "name"),
    [({"fine": 24}, "stem"), ({"layers": 3}, "encoder.layers.2"), ({"encoder": "vit14"}, "encoder.patch")],
)
def test_a_teacher_that_is_not_wider_is_refused(change: dict[str, object], name: str) -> None:
    network = FocDepthFormer(WIDE.model_copy(update=change))
    before = {key: value.clone() for key, value in network.state_dict().items()}
    with pytest.raises(InputError, match=rf"the teacher has no .*{name}.*--no-narrowed, or --start"):
        narrow(network, FocDepthFormer(WIDE))
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())
