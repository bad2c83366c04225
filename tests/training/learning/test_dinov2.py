"""DINOv2's weights in our encoder compute what DINOv2 computes: seen against a second implementation."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from onnx import ModelProto, TensorProto, helper, numpy_helper
from onnx.external_data_helper import set_external_data

from focstream.types import InputError
from inference.network.config import NetworkConfig
from inference.network.network import FocDepthFormer
from inference.network.vit_encoder import VitEncoder
from tests.training.learning.dinov2_in_numpy import HEADS, Weights, random_weights, tokens
from training.__main__ import main
from training.learning.dinov2 import convert
from training.learning.start import start_from

WIDTH, LAYERS = 16, 3
CONFIG = NetworkConfig(
    fine=12, mid=12, tokens=20, groups=3, encoder="vit14", vit_width=WIDTH, vit_layers=LAYERS, vit_heads=HEADS
)


def model(weights: Mapping[str, np.ndarray], nodes: Sequence[tuple[str, str]]) -> ModelProto:
    """A model with weights by name, and nodes given as (name, name of an input)."""
    graph = helper.make_graph(
        [helper.make_node("MatMul", [used], [], name=name) for name, used in nodes],
        "test",
        inputs=[],
        outputs=[],
        initializer=[numpy_helper.from_array(values, name) for name, values in weights.items()],
    )
    return helper.make_model(graph)


def as_exported(weights: Weights) -> bytes:
    """An ONNX file as PyTorch's exporter makes it: matrices turned round, and they and positions nameless."""
    stored, nodes = {}, []
    for name, values in weights.items():
        single = values.astype(np.float32)
        nameless = f"onnx::MatMul_{len(nodes)}"
        if name == "embeddings.position_embeddings":
            stored |= {"onnx::Concat_1": single[:, :1], "onnx::Reshape_2": single[:, 1:]}
            nodes.append(("/backbone/embeddings/Concat_6", "onnx::Concat_1"))
            nodes.append(("/backbone/embeddings/Reshape_1", "onnx::Reshape_2"))
        elif values.ndim == 2:
            stored[nameless] = single.T
            place = name.removesuffix(".weight").replace(".", "/").replace("layer/", "layer.")
            nodes.append((f"/backbone/{place}/MatMul", nameless))
        else:
            stored[f"backbone.{name}"] = single
    return model(stored, nodes).SerializeToString()


@pytest.fixture
def onnx(tmp_path: Path) -> Path:
    path = tmp_path / "vit.onnx"
    path.write_bytes(as_exported(random_weights(width=WIDTH, layers=LAYERS)))
    return path


def started(onnx: Path) -> FocDepthFormer:
    convert(onnx, onnx.with_suffix(".pt"))
    torch.manual_seed(0)
    network = FocDepthFormer(CONFIG).eval()
    start_from(network, [onnx.with_suffix(".pt")])
    return network


@pytest.mark.parametrize(("height", "width"), [(32, 48), (64, 16)])
def test_our_tokens_are_dinov2s(onnx: Path, height: int, width: int) -> None:
    network = started(onnx)
    picture = np.random.default_rng(1).random((height, width, 3), np.float32)  # blue-green-red
    image = torch.from_numpy(picture.transpose(2, 0, 1).copy())[None]
    assert isinstance(network.encoder, VitEncoder)
    with torch.no_grad():
        features = network.encode(image, torch.tensor([0.3]))
        ours = network.encoder.see(features.mid, image)[0].numpy()
    smaller = cv2.resize(picture, (width * 14 // 16, height * 14 // 16), interpolation=cv2.INTER_LINEAR)
    normal = (cv2.cvtColor(smaller, cv2.COLOR_BGR2RGB) - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
    theirs = tokens(random_weights(width=WIDTH, layers=LAYERS), normal, layers=LAYERS)
    assert np.abs(theirs).max() > 0.5
    np.testing.assert_allclose(ours, theirs, atol=2e-4)


def test_every_weight_of_the_vit_is_replaced_and_no_other(onnx: Path) -> None:
    torch.manual_seed(0)
    before = FocDepthFormer(CONFIG).state_dict()
    after = started(onnx).state_dict()
    replaced = {name for name in before if not torch.equal(before[name], after[name])}
    assert replaced == {name for name in before if name.startswith("encoder.vit.")}


def test_a_file_without_the_vit_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.onnx"
    found = model({"weight": np.zeros((2, 3), np.float32)}, [("/MatMul", "weight")])
    other.write_bytes(found.SerializeToString())
    with pytest.raises(InputError, match=r"other\.onnx: holds no DINOv2 ViT .*cls_token"):
        convert(other, tmp_path / "out.pt")
    assert not (tmp_path / "out.pt").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "no float32 weights"), (b"\xff" * 40, "not an ONNX file"), (b"hello, world", "not an ONNX file")],
)
def test_what_is_no_onnx_file_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.onnx"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        convert(path, tmp_path / "out.pt")


def test_a_file_cut_off_is_refused(onnx: Path, tmp_path: Path) -> None:
    content = onnx.read_bytes()
    onnx.write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match="not an ONNX file"):
        convert(onnx, tmp_path / "out.pt")


@pytest.mark.parametrize("inside", [True, False])
def test_weights_in_another_file_are_not_read(
    tmp_path: Path, inside: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()
    other = tmp_path / ("models/weights.bin" if inside else "secret.bin")
    other.write_bytes(bytes(24))
    tensor = numpy_helper.from_array(np.zeros((2, 3), np.float32), "weight")
    set_external_data(tensor, "weights.bin" if inside else "../secret.bin")
    tensor.ClearField("raw_data")
    found = model({}, [])
    found.graph.initializer.append(tensor)
    path = tmp_path / "models" / "bad.onnx"
    path.write_bytes(found.SerializeToString())
    with pytest.raises(InputError, match=r"bad\.onnx: has the weight weight in another file"):
        convert(path, tmp_path / "out.pt")


def test_a_weight_that_does_not_fit_its_shape_is_refused(tmp_path: Path) -> None:
    tensor = TensorProto(name="weight", data_type=TensorProto.FLOAT, dims=[2, 3], raw_data=bytes(20))
    found = model({}, [])
    found.graph.initializer.append(tensor)
    (tmp_path / "bad.onnx").write_bytes(found.SerializeToString())
    with pytest.raises(InputError, match=r"bad\.onnx: its weight weight is damaged"):
        convert(tmp_path / "bad.onnx", tmp_path / "out.pt")


def test_the_command_makes_a_file_or_one_clear_line(
    onnx: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    out = tmp_path / "made.pt"
    assert main(["dinov2", str(onnx), "--out", str(out)]) == 0
    assert out.exists()
    assert main(["dinov2", str(tmp_path / "missing.onnx"), "--out", str(out)]) == 2
    assert "missing.onnx: cannot be read" in caplog.text
