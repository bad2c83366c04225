"""Measuring and saving on the page, on a phone and for everybody."""

import re
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

pytest.importorskip("aiohttp", reason='needs aiohttp: pip install "focstream[web]"')

from focstream.types import Intrinsics
from publish.look.web.view import WebView
from tests.publish.look.web.page_steps import (
    HEIGHT,
    WIDTH,
    pixels_of,
    point_at,
    ramp,
    show,
)
from tests.publish.updates import HOLE, LENS, LID, an_update
from tests.slices import make_slice


@pytest.mark.parametrize(
    ("key", "pane", "bar_px"), [("1", "depth", 118), ("2", "aif", 0), ("3", "sigma", 118)]
)
def test_a_saved_picture_shows_what_it_is_of(view: WebView, page, key: str, pane: str, bar_px: int) -> None:
    page.add_init_script(NOTE_WORDS)
    page.goto(view.url)
    update = an_update(coordinate=ramp(), stamp_ns=1_700_000_000_000_000_000)
    show(view, page, update)
    page.keyboard.press(key)
    with page.expect_download() as download:
        page.keyboard.press("s")
    assert download.value.suggested_filename == f"{pane}_{update.tag.sweep_id}.png"
    picture = cv2.imread(str(download.value.path()))
    scale, margin, text_px = 14, 14, 40  # 14 · 48 is the first multiple of the width above 640
    assert picture.shape == (HEIGHT * scale + 3 * margin + text_px, WIDTH * scale + 2 * margin + bar_px, 3)
    map_in_it = picture[margin + 7 :: scale, margin + 7 :: scale][:HEIGHT, :WIDTH, ::-1]
    assert (map_in_it.reshape(-1, 3) == np.reshape(pixels_of(page, pane), (-1, 4))[:, :3]).all()
    words = " ".join(page.evaluate("window.words"))
    of_the_map = {
        "depth": ("Depth in metres", "0.5 m"),
        "aif": ("All in focus",),
        "sigma": ("σ, in dioptres", "≥"),
    }
    for word in (*of_the_map[pane], "focus calibrated", "Sweep 3", "2023-11-14 22:13:20 UTC", "bench"):
        assert word in words
    assert np.ptp(picture[-text_px:]) > 100
    if bar_px:
        bar = picture[margin : margin + HEIGHT * scale, WIDTH * scale + 2 * margin + 8, ::-1]
        palette = page.evaluate(
            "pane => fetch('/palettes.json').then((r) => r.json()).then((p) => p[pane])", pane
        )
        assert bar[0].tolist() == palette[0]
        assert bar[-1].tolist() == palette[-1]


NOTE_WORDS = """
window.words = [];
const draw = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
  window.words.push(text);
  return draw.call(this, text, ...rest);
};
"""


def distances_m(update, places: list[tuple[int, int]]) -> np.ndarray:
    """Of many pairs of points, as far from their depths as σ says."""
    lens = update.intrinsics
    pixels = np.array([places], np.float64)
    rays = cv2.undistortPoints(pixels, np.reshape(lens.k, (3, 3)), np.array(lens.distortion))[:, 0]
    rays = np.hstack([rays, np.ones((2, 1))])
    rng = np.random.default_rng(0)
    depths = [rng.normal(update.depth()[y, x], update.sigma()[y, x], 100_000) for x, y in places]
    return np.linalg.norm(np.outer(depths[1], rays[1]) - np.outer(depths[0], rays[0]), axis=1)


def distance_m(update, lens: Intrinsics, places: list[tuple[int, int]]) -> float:
    rays = cv2.undistortPoints(
        np.array([places], np.float64), np.reshape(lens.k, (3, 3)), np.array(lens.distortion)
    )
    points = [
        np.array([*ray, 1.0]) * update.depth()[y, x] for ray, (x, y) in zip(rays[:, 0], places, strict=True)
    ]
    return float(np.linalg.norm(points[1] - points[0]))


@pytest.mark.parametrize("distortion", [(), (-0.2, 0.05, 0.003, -0.002, 0.01)], ids=["pinhole", "distorted"])
def test_the_distance_between_two_places(view: WebView, page, distortion: tuple[float, ...]) -> None:
    page.goto(view.url)
    update = an_update(coordinate=ramp(), intrinsics=replace(LENS, distortion=distortion))
    show(view, page, update)
    point_at(page, 5, 6)
    page.keyboard.press("m")
    point_at(page, 40, 25)
    apart, sigma, along = map(float, re.findall(r"[\d.]+", page.inner_text("#distance"))[:3])
    assert apart == pytest.approx(distance_m(update, update.intrinsics, [(5, 6), (40, 25)]), abs=0.2 * sigma)
    assert sigma == pytest.approx(distances_m(update, [(5, 6), (40, 25)]).std(), rel=0.1)
    assert along == pytest.approx(abs(update.depth()[25, 40] - update.depth()[6, 5]), abs=0.2 * sigma)
    assert len(page.locator("#profile-line .line").get_attribute("points").split()) == 36
    assert page.locator("[data-pane=depth] .ruler .over").count() == 1
    page.keyboard.press("m")
    assert page.locator("#profile").is_hidden()


def test_pixels_of_a_map_that_is_shown_thinned_are_those_of_the_camera(view: WebView, page) -> None:
    page.goto(view.url)
    describe = """async (step) => {
        const { describeDistance } = await import("/page/measure.js");
        const [depth, sigma] = [new Float32Array(64).fill(2), new Float32Array(64).fill(0.001)];
        const head = { unit: "m", step, lens: [40, 40, 0, 0] };
        return describeDistance({ width: 8, height: 8, depth, sigma, head }, { x: 0, y: 0 }, { x: 6, y: 0 });
    }"""
    found = [float(page.evaluate(describe, step).split()[0]) for step in (1, 2)]
    assert found == pytest.approx([2 * 6 / 40, 2 * 12 / 40], abs=1e-3)


def test_measuring_where_there_are_no_metres_or_no_depth(view: WebView, page) -> None:
    page.goto(view.url)
    coordinate = ramp()
    coordinate[10, 20:23] = np.nan
    update = an_update(coordinate=coordinate, scale=None)
    show(view, page, update)
    point_at(page, 10, 10)
    page.mouse.down()
    page.mouse.up()
    page.click("#measure")
    point_at(page, 30, 10)
    assert re.fullmatch(r"0\.\d+ ± 0\.\d+ in depth", page.inner_text("#distance"))
    assert page.locator("#profile-line .line").count() == 2  # a hole between
    point_at(page, 21, 10)
    assert page.inner_text("#distance") == "no depth at an end of the line"
    page.click("#measure")
    assert page.locator("#measure").is_hidden()


def test_everybody_can_use_it(view: WebView, page) -> None:
    """Contrast, names and order of focus, by the rules of axe-core."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    page.goto(view.url)
    view.see(make_slice(0))
    show(view, page, replace(an_update(coordinate=ramp()), broken=True, regions=(LID, HOLE)))
    assert page.locator("#regions li").count() == 2
    assert page.locator("#partial").is_visible()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("m")
    page.keyboard.press("Shift+ArrowRight")
    assert page.locator("#profile").is_visible()
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.keyboard.press("?")
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_on_a_phone_nothing_covers_anything(view: WebView, phone) -> None:
    page = phone
    page.goto(view.url)
    update = replace(an_update(coordinate=ramp()), regions=(LID, HOLE))
    show(view, page, update)
    assert page.inner_text("#place") == "touch a picture"
    assert page.locator("h2 kbd").first.is_hidden()
    boxes = [box.bounding_box() for box in page.locator("header, .pane:visible, footer, #regions").all()]
    boxes.sort(key=lambda box: box["y"])
    assert all(above["y"] + above["height"] <= below["y"] for above, below in pairwise(boxes))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("[data-pane=depth] .stage canvas").tap()
    assert "pinned" in page.inner_text("#place")
    assert page.locator("#value").bounding_box()["y"] < 844  # beside the picture, without scrolling
    page.locator("#measure").tap()
    page.locator("[data-pane=depth] .stage canvas").tap(position={"x": 20, "y": 100})
    assert "apart" in page.inner_text("#distance")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
