import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

from publish.look.live_figures import Figures
from publish.look.sweep_track import Slot
from publish.look.web.packet import MOST_PIXELS, Shown, pack_packet
from tests.publish.look.web.counts import COUNTS
from tests.publish.updates import HOLE, LID, MICROSCOPE, TO_INFINITY, an_update

FIGURES = Figures(slices_per_s=30.0, maps_per_s=float("nan"), latency_p50_ms=12.0, latency_p99_ms=20.0)
SLOTS = (Slot(index=0, coordinate=0.0, seen=True), Slot(index=1, coordinate=1.0, seen=False))


def unpacked(update):
    shown = Shown(update=update, seq=7, slots=SLOTS)
    packet = pack_packet(shown, figures=FIGURES, counts=COUNTS, source="bench")
    cut = packet.index(b"\n") + 1
    head = json.loads(packet[:cut])
    size = head["shape"][0] * head["shape"][1]
    depth = np.frombuffer(packet, "<f4", size, cut).reshape(head["shape"])
    sigma = np.frombuffer(packet, "<f4", size, cut + 4 * size).reshape(head["shape"])
    jpeg = packet[cut + 8 * size :]
    return head, cut, depth, sigma, jpeg


def test_values_are_those_that_are_published() -> None:
    update = an_update()
    head, cut, depth, sigma, jpeg = unpacked(update)
    assert cut % 8 == 0
    np.testing.assert_array_equal(depth, update.depth())
    np.testing.assert_array_equal(sigma, update.sigma())
    assert (head["unit"], head["far_dpt"], head["near_dpt"], head["step"]) == ("m", 0.5, 5.0, 1)
    assert len(jpeg) == head["jpeg_bytes"]
    assert cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR).shape == (*depth.shape, 3)


def test_the_header_says_what_the_page_shows() -> None:
    head = unpacked(an_update())[0]
    assert head["slots"] == [[0, 0.0, True], [1, 1.0, False]]
    assert (head["gaps"], head["dropped"], head["queued"]) == (2, 3, 1)
    assert (head["slices_seen"], head["slots_of_sweep"], head["broken"]) == (10, None, False)
    assert (head["slices_per_s"], head["maps_per_s"]) == (30.0, None)
    assert (head["source"], head["seq"]) == ("bench", 7)
    assert head["labels"][0] == [0.0, "2 m"]


def test_without_a_scale_nothing_is_metres() -> None:
    update = an_update(scale=None)
    head, _, depth, _, _ = unpacked(update)
    assert (head["unit"], head["far_dpt"], head["calibrated"]) == ("1", None, "uncalibrated")
    np.testing.assert_array_equal(depth, update.coordinate)


def test_infinity_is_no_obstacle() -> None:
    assert np.isposinf(unpacked(an_update(scale=TO_INFINITY))[2]).any()


@pytest.mark.parametrize("shape", [(1024, 1280), (700, 3000)])
def test_large_maps_are_thinned_to_exact_values(shape: tuple[int, int]) -> None:
    update = an_update(height=shape[0], width=shape[1], colour=False)
    head, _, depth, _, _ = unpacked(update)
    step = head["step"]
    assert step > 1
    assert depth.size <= MOST_PIXELS * 1.01
    np.testing.assert_array_equal(depth, update.depth()[::step, ::step])


def test_the_height_of_a_microscope_has_its_own_limits() -> None:
    update = an_update(scale=MICROSCOPE)
    head, _, depth, sigma, _ = unpacked(update)
    assert (head["unit"], head["far_dpt"], head["far_um"], head["near_um"]) == ("um", None, 0.0, 40.0)
    assert head["labels"][:3] == [[0.0, "0 um"], [1.0, "40 um"], [0.5, "20 um"]]
    np.testing.assert_array_equal(depth, update.depth())
    np.testing.assert_array_equal(sigma, update.sigma())


def test_regions_are_in_the_header() -> None:
    lid, hole = unpacked(replace(an_update(), regions=(LID, HOLE)))[0]["regions"]
    assert (lid["name"], lid["x_px"], lid["median"], lid["angle_deg"]) == ("lid", 1, 0.4315, 3.25)
    assert (hole["name"], hole["median"], hole["sure_share"]) == ("hole", None, 0.0)
