"""Weights, graphs and checkpoints with anything in them: read, or refused with an error of ours."""

import contextlib
import json
import os
import shutil
import struct
import zipfile
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.graphs.folder import MANIFEST, read_graphs, shipped_graphs
from engines.graphs.packed import Piece, unpack
from engines.torch_file import read_torch_file
from engines.weights_file import load_network, save_network
from engines.weights_header import read_header
from engines.weights_info import WeightsInfo, read_info
from focstream.types import FocstreamError, InputError
from inference.network.config import NetworkConfig
from inference.network.network import FocDepthFormer
from tests.engines.test_weights_file import TINY

quick = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def saved(path: Path, header: object, values: bytes = b"") -> Path:
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + values)
    return path


def described(**changes: str) -> dict[str, object]:
    info = WeightsInfo(name="tiny", config=TINY, sigma_per_scale=1.25).to_metadata()
    return {"__metadata__": info | changes}


@quick
@given(data=st.binary(max_size=200))
def test_weights_of_anything(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(data)
    for read in (read_header, read_info, load_network):
        with pytest.raises(FocstreamError):
            read(path)


NUMBERS = st.one_of(st.integers(-5, 2**70), st.floats(), st.none(), st.lists(st.integers(), max_size=3))


@quick
@given(shape=st.lists(NUMBERS, max_size=4), offsets=st.lists(NUMBERS, max_size=3), dtype=st.text(max_size=4))
def test_tensors_of_anything(tmp_path: Path, shape: list[object], offsets: list[object], dtype: str) -> None:
    tensor = {"dtype": dtype, "shape": shape, "data_offsets": offsets}
    with contextlib.suppress(FocstreamError):
        read_header(saved(tmp_path / "a.safetensors", {"a": tensor}))


@pytest.mark.parametrize("sigma", ["NaN", "Infinity", "-1.0", "0", "1e9", '"a"'])
def test_a_sigma_that_is_none_is_refused(tmp_path: Path, sigma: str) -> None:
    path = saved(tmp_path / "a.safetensors", described(sigma_per_scale=sigma))
    with pytest.raises(InputError, match="its description cannot be read"):
        read_info(path)


def test_graphs_with_a_sigma_that_is_none_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    shutil.copytree(shipped_graphs("small"), folder)
    text = (folder / MANIFEST).read_text()
    found = json.loads(text)["sigma_per_scale"]
    for sigma in ("-1.0", "0.0", "1e300"):
        (folder / MANIFEST).write_text(
            text.replace(f'"sigma_per_scale":{found}', f'"sigma_per_scale":{sigma}')
        )
        with pytest.raises(InputError, match="sigma_per_scale"):
            read_graphs(folder)


@quick
@given(data=st.binary(max_size=100))
def test_lists_of_graphs_of_anything(tmp_path: Path, data: bytes) -> None:
    (tmp_path / MANIFEST).write_bytes(data)
    with pytest.raises(FocstreamError):
        read_graphs(tmp_path)


def test_a_header_longer_than_the_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(struct.pack("<Q", 2**40) + b"{}")
    with pytest.raises(InputError, match="its header would have 1024 GiB of 10 bytes"):
        read_header(path)


def test_too_many_tensors_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engines.weights_header.WEIGHTS_TENSORS", 2)
    tensor = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
    with pytest.raises(InputError, match="more than 2 tensors"):
        read_header(saved(tmp_path / "a.safetensors", {str(number): tensor for number in range(3)}))


def test_a_tensor_that_is_not_in_the_file_is_refused(tmp_path: Path) -> None:
    tensor = {"dtype": "F32", "shape": [100], "data_offsets": [0, 400]}
    with pytest.raises(InputError, match=r"its tensor 'a' of F32 \[100\] is not where the header says"):
        read_header(saved(tmp_path / "a.safetensors", {"a": tensor}))


def test_a_network_that_is_not_in_the_file_is_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = NetworkConfig(tokens=4096, heads=64, layers=64, completion=64)  # tens of gigabytes
    path = saved(tmp_path / "a.safetensors", described(config=config.model_dump_json()))
    with pytest.raises(InputError, match="the weights are not for this network"):
        load_network(path)


@pytest.mark.parametrize("field", ["fine", "tokens", "layers", "vit_layers", "mlp_ratio"])
def test_numbers_of_a_network_have_bounds(tmp_path: Path, field: str) -> None:
    config = json.dumps(json.loads(TINY.model_dump_json()) | {field: 10**9})
    with pytest.raises(InputError, match="its description cannot be read"):
        read_info(saved(tmp_path / "a.safetensors", described(config=config)))


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    network = FocDepthFormer(TINY)
    with torch.no_grad():
        next(network.parameters()).fill_(float("nan"))
    save_network(tmp_path / "a.safetensors", network, WeightsInfo(name="a", config=TINY, sigma_per_scale=1.0))
    with pytest.raises(InputError, match="holds what is no number"):
        load_network(tmp_path / "a.safetensors")


def test_pieces_that_multiply_the_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engines.graphs.packed.GRAPH_BYTES", 1000)
    with pytest.raises(ValueError, match="are no graph"):
        unpack([Piece(length=101, offset=0)] * 10, b"", bytes(200))


@quick
@given(data=st.binary(max_size=100))
def test_checkpoints_of_anything(tmp_path: Path, data: bytes) -> None:
    for number, content in enumerate((data, b"PK\x03\x04" + data, b"\x80\x02" + data)):
        path = tmp_path / f"{number}.pt"
        path.write_bytes(content)
        with pytest.raises(FocstreamError):
            load_network(path)


def test_a_checkpoint_whose_parts_are_packed_is_refused(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(10)}, tmp_path / "a.pt")
    assert read_torch_file(tmp_path / "a.pt", what="file")["a"].shape == (10,)
    with (
        zipfile.ZipFile(tmp_path / "a.pt") as parts,
        zipfile.ZipFile(tmp_path / "b.pt", "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for name in parts.namelist():
            packed.writestr(name, parts.read(name))
    with pytest.raises(InputError, match="its parts are packed"):
        read_torch_file(tmp_path / "b.pt", what="file")


@pytest.mark.skipif("sys.platform == 'win32'", reason="Windows has no pipes with a path")
@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", ["a.safetensors", "a.pt"])
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    with pytest.raises(InputError, match="is a pipe"):
        load_network(tmp_path / name)
