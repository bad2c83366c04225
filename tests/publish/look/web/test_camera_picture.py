import json

import cv2
import numpy as np
import pytest

from publish.look.web.camera_picture import BINS, MOST_SHOWN_PX, Ask, pack_picture, read_ask
from tests.slices import make_slice


def unpacked(image, *, centre=None, slot=2):
    packet = pack_picture(make_slice(slot, slots=10, image=image), seq=5, centre=centre)
    cut = packet.index(b"\n") + 1
    head = json.loads(packet[:cut])
    end = cut + head["jpeg_bytes"]
    jpeg = cv2.imdecode(np.frombuffer(packet[cut:end], np.uint8), cv2.IMREAD_UNCHANGED)
    height, width = head["shown"]
    bits = np.unpackbits(np.frombuffer(packet[end:], np.uint8))[: height * width]
    return head, jpeg, bits.reshape(height, width).astype(bool)


def test_a_small_picture_is_shown_pixel_by_pixel() -> None:
    image = np.full((40, 60), 100, np.uint8)
    image[3, 5] = image[39, 59] = 255
    head, jpeg, marks = unpacked(image)
    assert jpeg.shape == (40, 60)
    assert np.argwhere(marks).tolist() == [[3, 5], [39, 59]]
    assert head["saturated"] == pytest.approx(2 / 2400)
    assert head["histogram"][0][100 * BINS // 256] == 2398
    assert head["histogram"][0][-1] == 2
    assert (head["seq"], head["slot"], head["bits"], head["part"]) == (5, 2, 8, None)


@pytest.mark.parametrize(("bits", "saturates"), [(10, True), (12, True), (14, True), (16, True)])
def test_pixels_of_any_depth_saturate(bits: int, saturates: bool) -> None:
    highest = (2**bits - 1) << (16 - bits)
    image = np.full((8, 8), highest - (64 << (16 - 10)), np.uint16)
    image[0, 0] = highest
    head, _, marks = unpacked(image)
    assert marks.sum() == saturates
    assert sum(head["histogram"][0]) == 64
    assert head["bits"] == 16


def test_a_single_saturated_pixel_of_a_large_picture_is_marked() -> None:
    image = np.zeros((1536, 2048, 3), np.uint8)
    image[700, 1001, 2] = 255
    head, jpeg, marks = unpacked(image)
    assert jpeg.shape == (480, 640, 3)
    rows, columns = np.nonzero(marks)
    assert 1 <= len(rows) <= 4
    assert abs(rows - 700 * 480 / 1536).max() <= 1
    assert abs(columns - 1001 * 640 / 2048).max() <= 1
    assert len(head["histogram"]) == 3
    assert 0 < head["saturated"] < 1e-6


@pytest.mark.parametrize(
    ("centre", "left", "top"), [((0.5, 0.5), 704, 528), ((0.0, 0.0), 0, 0), ((1.0, 1.0), 1408, 1056)]
)
def test_a_part_is_shown_at_full_size(centre: tuple[float, float], left: int, top: int) -> None:
    image = np.random.default_rng(0).integers(0, 255, (1536, 2048), np.uint8)
    head, jpeg, _ = unpacked(cv2.blur(image, (9, 9)), centre=centre)
    assert head["part"] == [left, top, *MOST_SHOWN_PX]
    part = cv2.blur(image, (9, 9))[top : top + 480, left : left + 640]
    assert np.abs(jpeg.astype(int) - part).mean() < 3


def test_sharpness_falls_with_blur_and_not_with_exposure() -> None:
    sharp = np.random.default_rng(0).integers(20, 120, (60, 80)).astype(np.uint8)
    found = [unpacked(image)[0]["sharpness"] for image in (sharp, cv2.blur(sharp, (3, 3)), sharp * 2)]
    assert found[1] < found[0] / 2
    assert found[2] == pytest.approx(found[0], rel=0.01)
    assert unpacked(np.zeros((4, 4), np.uint8))[0]["sharpness"] == 0.0
    assert unpacked(np.ones((1, 1), np.uint8))[0]["sharpness"] == 0.0


def test_what_viewers_ask_for() -> None:
    assert read_ask("{}") == Ask()
    assert read_ask('{"slot": 3, "centre": [0, 0.5]}') == Ask(slot=3, centre=(0.0, 0.5))
    assert read_ask('{"slot": null, "centre": null}') == Ask()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "next",
        "[]",
        '{"slot": -1}',
        '{"slot": true}',
        '{"slot": 1.5}',
        '{"centre": [1]}',
        '{"centre": [0.5, 2]}',
        '{"centre": [NaN, 0]}',
        '{"centre": [true, 0]}',
        '{"other": 1}',
    ],
)
def test_an_ask_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_ask(text)
