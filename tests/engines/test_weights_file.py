"""Weights on disk."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from engines.weights_file import UNCALIBRATED_SIGMA_PER_SCALE, info_of, load_network, save_network
from engines.weights_info import WeightsInfo, read_info
from focstream.types import InputError
from inference.network.config import NetworkConfig
from inference.network.network import FocDepthFormer

TINY = NetworkConfig(fine=6, mid=6, tokens=8, layers=1, heads=2, groups=2)


def write(path: Path) -> tuple[FocDepthFormer, WeightsInfo]:
    network = FocDepthFormer(TINY)
    info = WeightsInfo(name="tiny", config=TINY, sigma_per_scale=1.25)
    save_network(path, network, info)
    return network, info


def test_a_network_comes_back_as_it_was(tmp_path: Path) -> None:
    network, info = write(tmp_path / "tiny.safetensors")
    again = load_network(tmp_path / "tiny.safetensors")
    assert info_of(tmp_path / "tiny.safetensors") == info
    assert again.config == TINY
    assert not again.training
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), again.parameters(), strict=True))


def test_of_a_checkpoint_the_averaged_weights_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "run" / "checkpoint.pt"
    path.parent.mkdir()
    latest, average = FocDepthFormer(TINY), FocDepthFormer(TINY)
    config = TINY.model_dump()
    torch.save(
        {"network": latest.state_dict(), "average": average.state_dict(), "step": 3, "config": config}, path
    )
    again = load_network(path)
    assert torch.equal(again.stem.spatial.weight, average.stem.spatial.weight)
    assert info_of(path) == WeightsInfo(name="run", config=TINY, sigma_per_scale=UNCALIBRATED_SIGMA_PER_SCALE)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "wrong.safetensors"
    wider = WeightsInfo(name="wide", config=NetworkConfig(), sigma_per_scale=1.0)
    save_network(path, FocDepthFormer(TINY), wider)
    with pytest.raises(InputError, match="not for this network"):
        load_network(path)


@pytest.mark.parametrize("reader", [read_info, info_of, load_network])
@pytest.mark.parametrize("name", ["bad.safetensors", "absent.safetensors", "bad.pt", "absent.pt"])
def test_bad_files_are_one_clear_line(tmp_path: Path, reader, name: str) -> None:
    path = tmp_path / name
    if name.startswith("bad"):
        path.write_bytes(b"\x08\x00\x00\x00\x00\x00\x00\x00not json")
    with pytest.raises(InputError, match=name) as caught:
        reader(path)
    assert "\n" not in str(caught.value)


def test_a_safetensors_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    save_file({"x": torch.zeros(1)}, path)
    with pytest.raises(InputError, match="expected the format"):
        read_info(path)


@pytest.mark.parametrize("broken", [{"config": "{"}, {"sigma_per_scale": "much"}, {"config": '{"fine": -1}'}])
def test_a_description_that_cannot_be_read_is_refused(tmp_path: Path, broken: dict[str, str]) -> None:
    path = tmp_path / "odd.safetensors"
    metadata = WeightsInfo(name="odd", config=TINY, sigma_per_scale=1.0).to_metadata() | broken
    save_file({"x": torch.zeros(1)}, path, metadata=metadata)
    with pytest.raises(InputError, match="description"):
        read_info(path)
