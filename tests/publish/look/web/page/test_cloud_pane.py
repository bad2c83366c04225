"""The point cloud on the page: what is drawn, and where."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

pytest.importorskip("aiohttp", reason='needs aiohttp: pip install "focstream[web]"')

from calibration.apply.confidence import Confidence
from calibration.apply.flying_pixels import counts_in_cloud
from calibration.apply.point_cloud import points_of
from capture.simulator.config import SimulatorConfig
from capture.simulator.rig import scene_of
from focstream.types import Intrinsics
from publish.look.web.view import WebView
from tests.publish.look.web.page.cloud_steps import (
    count_of,
    draw,
    drawn,
    is_point,
    on_screen,
    open_cloud,
    picture_of,
)
from tests.publish.look.web.page_steps import a_view, show, visit
from tests.publish.updates import MICROSCOPE, SCALE, an_update

NEAR_M, BETWEEN_M, FAR_M = 0.4, 0.55, 0.8
WIDE = Intrinsics(fx_px=60.0, fy_px=60.0, cx_px=39.5, cy_px=29.5)
WORDS, SURE, CANVAS = (f"[data-pane=cloud] {part}" for part in (".words", "output", "canvas[tabindex]"))


@pytest.fixture
def page(page):
    """A page so wide that its header has one line, whatever it says: the cloud keeps its size."""
    page.set_viewport_size({"width": 1400, "height": 800})
    return page


@pytest.fixture
def view():
    opened = a_view(cloud=Confidence())
    yield opened
    opened.close()


def two_planes():
    """Near on the left, far on the right, two columns of neither between them; a strip without depth."""
    coordinate = np.empty((60, 80), np.float32)
    parts = ((slice(0, 39), NEAR_M), (slice(39, 41), BETWEEN_M), (slice(41, 80), FAR_M))
    for columns, z_m in parts:
        coordinate[:, columns] = SCALE.to_coordinate(1.0 / z_m)
    coordinate[:4] = np.nan
    return an_update(coordinate=coordinate, intrinsics=WIDE)


def colour_at(z_m: float):
    """Return the blue, green and red of a distance, as in saved pictures."""
    level = np.full((1, 1), int(SCALE.to_coordinate(1.0 / z_m) * 255 + 0.5), np.uint8)
    return cv2.applyColorMap(level, cv2.COLORMAP_TURBO)[0, 0].astype(int)


def where(picture, z_m: float):
    """(N, 2) pixels x, y that have the colour of a distance."""
    rows, columns = np.nonzero(np.abs(picture.astype(int) - colour_at(z_m)).max(axis=2) < 4)
    return np.stack([columns, rows], axis=1)


def test_points_are_where_the_simulated_scene_has_them(view: WebView, page) -> None:
    scene = scene_of(SimulatorConfig(scene="cards", width_px=120, height_px=90, focal_length_m=1e-3))
    lens = replace(scene.intrinsics, distortion_model="plumb_bob", distortion=(0.2, 0.0, 0.01, -0.01, 0.0))
    update = an_update(coordinate=SCALE.to_coordinate(scene.truth_vergence_dpt), intrinsics=lens)
    counts = counts_in_cloud(update.coordinate, update.coordinate_sigma, update.scale, Confidence())
    depth_m = np.where(counts, update.depth(), np.float32(np.nan))
    points = points_of(depth_m, image=update.all_in_focus, intrinsics=lens)
    open_cloud(view, page, update)
    assert count_of(page) == len(points)
    for step in ("ArrowRight", "ArrowUp", "+"):
        page.focus(CANVAS)
        page.keyboard.press(step)
        picture = picture_of(page)
        places = on_screen(page, np.stack([points["x"], points["y"], points["z"]], axis=1))
        assert np.ptp(places, axis=0).min() > 40  # not a dot
        height, width = picture.shape[:2]
        inside = places[((places > 5) & (places < (width - 5, height - 5))).all(axis=1)]
        columns, rows = np.rint(inside - 0.5).astype(int).T
        thick = cv2.dilate(is_point(picture).astype(np.uint8), np.ones((3, 3), np.uint8))
        assert thick[rows, columns].mean() > 0.995  # where a point is, something is drawn
        expected = np.zeros((height, width), np.uint8)
        expected[rows, columns] = 1
        reached = cv2.dilate(expected, np.ones((21, 21), np.uint8))  # a point is at most 16 px wide
        assert reached[is_point(picture)].mean() > 0.995  # and nothing elsewhere


def test_a_plane_is_at_its_tick_and_has_the_colour_of_the_map(view: WebView, page) -> None:
    open_cloud(view, page, two_planes())
    page.locator("[data-side=side]").click()
    picture = picture_of(page)
    ticks = page.eval_on_selector_all(
        ".labels span:not([style*=hidden])",
        "all => Object.fromEntries(all.map(it => [it.textContent, parseFloat(it.style.left)]))",
    )
    apart = ticks["0.8 m"] - ticks["0.4 m"]
    assert apart > 150  # far is on the right
    for z_m, tick in ((NEAR_M, "0.4 m"), (FAR_M, "0.8 m")):
        found = where(picture, z_m)
        assert len(found) > 50
        assert abs(np.median(found[:, 0]) - ticks[tick]) < 0.2 * apart
    assert len(where(picture, BETWEEN_M)) == 0  # flying


def test_flying_pixels_are_cut_as_in_saved_clouds(view: WebView, page) -> None:
    update = two_planes()
    counts = counts_in_cloud(update.coordinate, update.coordinate_sigma, update.scale, Confidence())
    whole = np.count_nonzero(np.isfinite(update.coordinate))
    assert 0 < counts.sum() < whole
    open_cloud(view, page, update)
    assert count_of(page) == counts.sum()
    page.get_by_label("cut flying pixels").uncheck()
    page.wait_for_selector(f"{WORDS}:has-text('{whole} of 4800 pixels')")
    page.locator("[data-side=front]").click()
    assert len(where(picture_of(page), BETWEEN_M)) > 50
    page.get_by_label("cut flying pixels").check()
    page.wait_for_selector(f"{WORDS}:has-text('{counts.sum()} of 4800 pixels')")


def test_the_slider_hides_what_is_not_sure(view: WebView, page) -> None:
    update = two_planes()
    sigma = np.full_like(update.coordinate, 0.01)
    sigma[:, 60:] = 0.05  # just sure
    sigma[30:, :20] = 0.08
    open_cloud(view, page, replace(update, coordinate_sigma=sigma))
    page.get_by_label("cut flying pixels").uncheck()
    assert page.inner_text(SURE) == "σ up to 5 % of the sweep (0.225 dpt)"
    page.locator("[data-side=front]").click()
    steps = (("End", "all that have one", 4480), ("ArrowLeft", "100 %", 4480), ("Home", "0.1 %", 0))
    assert count_of(page) == 4480 - 600
    near = len(where(picture_of(page), NEAR_M))
    for key, said, count in steps:
        page.get_by_label("how sure").press(key)
        page.wait_for_selector(f"{WORDS}:has-text('{count} of 4800 pixels')")
        assert said in page.inner_text(SURE)
        assert said in page.get_by_label("how sure").get_attribute("aria-valuetext")
        if key == "End":
            assert len(where(picture_of(page), NEAR_M)) > 1.3 * near
    assert not is_point(picture_of(page)).any()


def test_it_is_turned_moved_and_zoomed_by_keys_and_mouse(view: WebView, page) -> None:
    open_cloud(view, page, two_planes())
    canvas = page.locator(CANVAS)
    canvas.focus()
    start = picture_of(page)
    seen = [start]
    for key in ("ArrowLeft", "ArrowUp", "Shift+ArrowLeft", "Shift+ArrowDown", "+", "-"):
        page.keyboard.press("Home")
        page.keyboard.press(key)
        seen.append(picture_of(page))
    box = canvas.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for button in ("left", "right"):
        page.keyboard.press("0")
        page.mouse.move(*middle)
        page.mouse.down(button=button)
        page.mouse.move(middle[0] + 60, middle[1] + 10, steps=3)
        page.mouse.up(button=button)
        seen.append(picture_of(page))
    page.keyboard.press("0")
    page.mouse.wheel(0, -400)
    seen.append(picture_of(page))
    for number, one in enumerate(seen):
        assert is_point(one).sum() > 1000, number
        assert all((one != other).any() for other in seen[:number]), number
    page.locator("[data-side=start]").click()
    np.testing.assert_array_equal(picture_of(page), start)
    assert page.inner_text("#value") == "–"  # the read-out has not been moved


def test_colours_are_those_of_depth_picture_and_sigma(view: WebView, page) -> None:
    grey = np.full((60, 80), 120, np.uint8)
    open_cloud(view, page, replace(two_planes(), all_in_focus=grey))
    bar, colours = page.locator("[data-pane=cloud] .bar"), page.locator("[data-pane=cloud] select")
    page.locator("[data-side=front]").click()
    assert len(where(picture_of(page), FAR_M)) > 1000
    assert "0.5 m" in bar.inner_text()
    colours.select_option("picture")
    picture = picture_of(page)
    assert np.abs(picture[is_point(picture)].astype(int) - 120).max() <= 2
    assert bar.is_hidden()
    draw(view, page, replace(two_planes(), all_in_focus=grey + 60))
    picture = picture_of(page)
    assert np.abs(picture[is_point(picture)].astype(int) - 180).max() <= 2
    colours.select_option("sigma")
    picture = picture_of(page)
    level = np.full((1, 1), int(0.01 / 0.1 * 255 + 0.5), np.uint8)
    expected = cv2.applyColorMap(level, cv2.COLORMAP_INFERNO)[0, 0].astype(int)
    assert np.abs(picture[is_point(picture)].astype(int) - expected).max() <= 4
    assert "dpt" in bar.inner_text()


@pytest.mark.parametrize(
    ("fields", "said", "axes"),
    [
        ({}, "to scale, in metres", {"x", "y", "depth", "0.4 m"}),
        ({"intrinsics": None}, "no intrinsics are known: drawn as by a lens 60° wide", {"depth", "0.4 m"}),
        ({"scale": None}, "a sweep coordinate without metres", {"x", "y", "40 px", "0.4"}),
        ({"scale": MICROSCOPE}, "heights in µm over the pixels", {"x", "y", "40 px", "height", "15 µm"}),
    ],
    ids=["metres", "no intrinsics", "no metres", "microscope"],
)
def test_what_is_not_measured_is_said(view: WebView, page, fields, said: str, axes: set[str]) -> None:
    open_cloud(view, page, replace(two_planes(), **fields))
    assert said in page.inner_text(WORDS)
    words = set(page.locator(".labels span").all_text_contents())
    assert axes <= words
    if fields == {"intrinsics": None}:
        assert "x" not in words
    assert is_point(picture_of(page)).sum() > 1000


def test_sweeps_that_lack_slices_are_dimmed(view: WebView, page) -> None:
    open_cloud(view, page, two_planes())
    bright = picture_of(page).max()
    draw(view, page, replace(two_planes(), broken=True))
    assert "brightness" in page.eval_on_selector(CANVAS, "it => getComputedStyle(it).filter")
    assert picture_of(page).max() < 0.8 * bright


def test_it_begins_with_what_gets_into_saved_clouds(page) -> None:
    cases = (
        (None, "all that have one", False),
        (Confidence(sigma=0.025), "2.5 % of the sweep", True),
        (Confidence(sigma=0.002, in_metres=True), "all that have one", True),  # the map has no others
    )
    for cloud, said, cut in cases:
        view = a_view(cloud=cloud)
        try:
            visit(view, page)
            show(view, page, two_planes())
            page.keyboard.press("d")
            drawn(view, page)
            assert said in page.inner_text(SURE)
            assert page.get_by_label("cut flying pixels").is_checked() == cut
        finally:
            view.close()
