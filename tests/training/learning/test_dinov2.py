"""DINOv2's weights in our encoder compute what DINOv2 computes: seen against a second implementation."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from focstream.types import InputError
from inference.network.config import NetworkConfig
from inference.network.network import FocDepthFormer
from inference.network.vit_encoder import VitEncoder
from tests.training.learning import onnx_bytes
from tests.training.learning.dinov2_in_numpy import HEADS, Weights, random_weights, tokens
from training.__main__ import main
from training.learning.dinov2 import convert
from training.learning.start import start_from

WIDTH, LAYERS = 16, 3
CONFIG = NetworkConfig(
    fine=12, mid=12, tokens=20, groups=3, encoder="vit14", vit_width=WIDTH, vit_layers=LAYERS, vit_heads=HEADS
)


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
    return onnx_bytes.model(stored, nodes)


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
    other.write_bytes(onnx_bytes.model({"weight": np.zeros((2, 3), np.float32)}, [("/MatMul", "weight")]))
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


def test_the_command_makes_a_file_or_one_clear_line(
    onnx: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    out = tmp_path / "made.pt"
    assert main(["dinov2", str(onnx), "--out", str(out)]) == 0
    assert out.exists()
    assert main(["dinov2", str(tmp_path / "missing.onnx"), "--out", str(out)]) == 2
    assert "missing.onnx: cannot be read" in caplog.text
