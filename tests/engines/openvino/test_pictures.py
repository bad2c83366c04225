"""What goes in and comes out at the borders of a graph, without a network between."""

import cv2
import numpy as np
import openvino as ov
import pytest
from numpy.testing import assert_array_equal
from openvino import opset13

from engines.graphs.state_layout import IMAGES, MAPS
from engines.openvino.pictures import with_pictures
from engines.openvino.wiring import Wiring
from engines.pictures import PictureFormat, as_shares, to_input


def run(wiring: Wiring, image: np.ndarray) -> list[np.ndarray]:
    model = ov.Core().compile_model(wiring.model(), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return [np.array(value) for value in model([image]).values()]


@pytest.mark.parametrize("shape", [(17, 30), (17, 30, 3), (32, 48), (1, 1, 3)])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_images_are_what_the_host_makes_of_them(shape: tuple[int, ...], kind: type) -> None:
    image = np.random.default_rng(0).integers(0, np.iinfo(kind).max, (2, *shape), kind, endpoint=True)
    like = PictureFormat(shape=image.shape)
    images = opset13.parameter([*like.padded_shape, 3], ov.Type.f32)
    wiring = Wiring(parameters={IMAGES: images}, outputs={"same": opset13.abs(images).output(0)})
    (found,) = run(with_pictures(wiring, like), as_shares(image))
    assert_array_equal(found, np.stack([to_input(one) for one in image]))


@pytest.mark.parametrize("shape", [(17, 30), (17, 30, 3), (32, 48, 3)])
def test_pictures_are_what_the_host_makes_of_them(shape: tuple[int, ...]) -> None:
    """Halves are rounded to even, and nothing goes round past white."""
    values = np.random.default_rng(0).random((1, 32, 48, 3), np.float32) * 1.01
    values[0, :4] = (np.arange(48)[:, None] + 0.5) / np.float32(255)
    given = opset13.parameter([1, 32, 48, 3], ov.Type.f32)
    flat = opset13.reduce_max(given, opset13.constant(np.array([3])), False)
    outputs = dict(zip(MAPS, (flat.output(0), flat.output(0), given.output(0)), strict=True))
    wiring = Wiring(parameters={"values": given}, outputs=outputs)
    coordinate, _, picture = run(with_pictures(wiring, PictureFormat(shape=(1, *shape))), values)
    height, width = shape[:2]
    expected = cv2.convertScaleAbs(np.ascontiguousarray(values[0, :height, :width]), alpha=255.0)
    assert_array_equal(picture[0], expected if len(shape) == 3 else expected[..., 1])
    assert_array_equal(coordinate[0], values[0, :height, :width].max(axis=-1))
