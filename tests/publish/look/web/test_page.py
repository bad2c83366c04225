"""The live page in a real browser."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

pytest.importorskip("aiohttp", reason='needs aiohttp: pip install "focstream[web]"')

from focstream.types import Intrinsics
from publish.look.web.view import WebView
from tests.publish.look.web.browser import chromium
from tests.publish.look.web.counts import COUNTS
from tests.publish.updates import HOLE, LENS, LID, MICROSCOPE, an_update
from tests.slices import make_slice

WIDTH, HEIGHT = 48, 32
PATIENCE_MS = 45_000


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def page(browser) -> Iterator[object]:
    opened = browser.new_page(viewport={"width": 1200, "height": 800})
    opened.set_default_timeout(PATIENCE_MS)
    opened.problems = []
    opened.on("pageerror", lambda error: opened.problems.append(str(error)))
    yield opened
    assert opened.problems == []
    opened.close()


def a_view(*, port: int = 0, host: str = "127.0.0.1", token: str | None = None, **options) -> WebView:
    return WebView(port=port, host=host, token=token, source="bench", counts=lambda: COUNTS, **options)


@pytest.fixture
def view() -> Iterator[WebView]:
    opened = a_view()
    yield opened
    opened.close()


def ramp(*, shift: float = 0.0):
    """Far on the left to near on the right; every pixel another value."""
    pixels = np.arange(WIDTH * HEIGHT, dtype=np.float32).reshape(HEIGHT, WIDTH)
    return ((pixels % WIDTH) * HEIGHT + pixels // WIDTH) / (WIDTH * HEIGHT) * (0.9 - shift) + shift


def show(view: WebView, page, update) -> None:
    """Write an update and wait until the page shows it."""
    view.write(update)
    page.wait_for_selector(f"body[data-seq='{view.shown}']")


def pixels_of(page, pane: str = "depth") -> list[int]:
    script = """pane => Array.from(
        document.querySelector(`[data-pane=${pane}] .stage canvas`).getContext("2d")
        .getImageData(0, 0, 48, 32).data)"""
    return page.evaluate(script, pane)


def point_at(page, x: int, y: int, pane: str = "depth") -> None:
    """Put the mouse on a pixel of the map, through the letterbox of the canvas."""
    box = page.locator(f"[data-pane={pane}] .stage canvas").bounding_box()
    scale = min(box["width"] / WIDTH, box["height"] / HEIGHT)
    left = box["x"] + (box["width"] - WIDTH * scale) / 2
    top = box["y"] + (box["height"] - HEIGHT * scale) / 2
    page.mouse.move(left + (x + 0.5) * scale, top + (y + 0.5) * scale)


def assert_reads(page, update, x: int, y: int) -> None:
    """The read-out is the published value, exactly in its data and to the digits shown in its text."""
    depth, sigma = update.depth()[y, x], update.sigma()[y, x]
    readout = page.locator("#value")
    assert page.inner_text("#place").startswith(f"x {x}, y {y}")
    assert np.float32(readout.get_attribute("data-depth")) == depth
    assert np.float32(readout.get_attribute("data-sigma")) == sigma
    value, error = map(float, re.findall(r"[\d.]+", readout.inner_text())[:2])
    digits = len(readout.inner_text().split()[0].partition(".")[2])
    assert value == pytest.approx(float(depth), abs=0.51 * 10**-digits)
    assert error == pytest.approx(float(sigma), abs=0.51 * 10**-digits)


def test_the_depth_moves(view: WebView, page) -> None:
    page.goto(view.url)
    seen = set()
    for step in range(4):
        show(view, page, an_update(coordinate=ramp(shift=0.2 * step)))
        seen.add(tuple(pixels_of(page)))
    assert len(seen) == 4
    assert page.locator("#status").get_attribute("data-state") == "live"


def test_a_late_viewer_sees_the_newest_map_at_once(view: WebView, page) -> None:
    view.write(an_update(coordinate=ramp()))
    page.goto(view.url)
    page.wait_for_selector("body[data-seq='1']")


@pytest.mark.parametrize("pane", ["depth", "sigma", "aif"])
def test_the_readout_is_the_published_value(view: WebView, page, pane: str) -> None:
    page.goto(view.url)
    update = an_update(coordinate=ramp())
    show(view, page, update)
    for x, y in ((0, 0), (17, 5), (47, 31)):
        point_at(page, x, y, pane)
        assert_reads(page, update, x, y)


def test_the_readout_follows_the_maps(view: WebView, page) -> None:
    page.goto(view.url)
    show(view, page, an_update(coordinate=ramp()))
    point_at(page, 20, 10)
    newer = an_update(coordinate=ramp(shift=0.3))
    show(view, page, newer)
    assert_reads(page, newer, 20, 10)


def test_no_depth_and_no_metres_are_said(view: WebView, page) -> None:
    page.goto(view.url)
    coordinate = ramp()
    coordinate[3, 4] = np.nan
    show(view, page, an_update(coordinate=coordinate, scale=None))
    point_at(page, 4, 3)
    assert page.inner_text("#value") == "no depth"
    point_at(page, 30, 20)
    assert re.fullmatch(r"0\.\d+ ± 0\.\d+", page.inner_text("#value"))
    assert "no metres" in page.inner_text("#depth-title")
    assert page.inner_text("#trust") == "uncalibrated"


def test_a_resize_is_survived(view: WebView, page) -> None:
    page.goto(view.url)
    update = an_update(coordinate=ramp())
    show(view, page, update)
    for width, height in ((640, 900), (1500, 500)):
        page.set_viewport_size({"width": width, "height": height})
        point_at(page, 11, 22)
        assert_reads(page, update, 11, 22)
    newer = replace(update, coordinate=ramp(shift=0.1))
    show(view, page, newer)
    assert_reads(page, newer, 11, 22)


def test_a_restart_of_the_server_is_survived(page) -> None:
    first = a_view()
    port = int(first.url.rstrip("/").rpartition(":")[2])
    try:
        page.goto(first.url)
        show(first, page, an_update(coordinate=ramp()))
    finally:
        first.close()
    page.wait_for_selector("#status[data-state='lost']")
    assert page.locator("main.old").count() == 1
    second = a_view(port=port)
    try:
        second.write(an_update(coordinate=ramp()))
        newer = an_update(coordinate=ramp(shift=0.4))
        second.write(newer)
        page.wait_for_selector("body[data-seq='2']")
        page.wait_for_selector("#status[data-state='live']")
        point_at(page, 9, 9)
        assert_reads(page, newer, 9, 9)
    finally:
        second.close()


def test_keys(view: WebView, page) -> None:
    page.goto(view.url)
    update = an_update(coordinate=ramp())
    show(view, page, update)
    page.keyboard.press("ArrowRight")
    assert_reads(page, update, WIDTH // 2 + 1, HEIGHT // 2)
    page.keyboard.press("Shift+ArrowUp")
    assert_reads(page, update, WIDTH // 2 + 1, HEIGHT // 2 - 10)
    page.keyboard.press("Escape")
    assert page.inner_text("#value") == "–"
    page.keyboard.press("3")
    assert page.locator(".pane.large").get_attribute("data-pane") == "sigma"
    page.keyboard.press("Space")
    assert page.locator("#status").get_attribute("data-state") == "frozen"
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()


@pytest.mark.parametrize(
    ("key", "pane", "bar_px"), [("1", "depth", 118), ("2", "aif", 0), ("3", "sigma", 118)]
)
def test_a_saved_picture_shows_what_it_is_of(view: WebView, page, key: str, pane: str, bar_px: int) -> None:
    page.goto(view.url)
    update = an_update(coordinate=ramp())
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
    assert np.ptp(picture[-text_px:]) > 100  # words
    if bar_px:
        bar = picture[margin : margin + HEIGHT * scale, WIDTH * scale + 2 * margin + 8, ::-1]
        palette = page.evaluate(
            "pane => fetch('/palettes.json').then((r) => r.json()).then((p) => p[pane])", pane
        )
        assert bar[0].tolist() == palette[0]
        assert bar[-1].tolist() == palette[-1]


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
    assert along == pytest.approx(abs(update.depth()[25, 40] - update.depth()[6, 5]), abs=0.2 * sigma)
    assert len(page.locator("#profile-line .line").get_attribute("points").split()) == 36
    assert page.locator("[data-pane=depth] .ruler .over").count() == 1
    page.keyboard.press("m")
    assert page.locator("#profile").is_hidden()


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
    show(view, page, replace(an_update(coordinate=ramp()), broken=True))
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


def test_on_a_phone_nothing_covers_anything(view: WebView, browser) -> None:
    with browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True) as phone:
        page = phone.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(view.url)
        update = an_update(coordinate=ramp())
        show(view, page, update)
        assert page.inner_text("#place") == "touch a picture"
        assert page.locator("h2 kbd").first.is_hidden()
        boxes = [box.bounding_box() for box in page.locator("header, .pane, footer").all()]
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


def test_figures_and_slots(view: WebView, page) -> None:
    for slot in range(4):
        view.see(make_slice(slot))
    view.see(make_slice(0, sweep_id=1))
    view.write(an_update(coordinate=ramp(), sweep_id=1))
    page.goto(view.url)
    page.wait_for_selector("body[data-seq]")
    assert page.inner_text("#lost") == "2 · 3"
    assert page.inner_text("#source") == "bench"
    fills = page.eval_on_selector_all("#strip rect[rx]", "all => all.map(slot => slot.getAttribute('fill'))")
    assert [fill == "none" for fill in fills] == [False, True, True, True]


def test_before_the_first_map_the_page_says_what_is_going_on(page) -> None:
    preparing = [True]
    view = a_view(preparing=lambda: preparing[0])
    news = page.locator("#news")
    try:
        page.goto(view.url)
        page.wait_for_selector("#news[data-stage='building']")
        assert news.is_visible()
        assert "model" in news.inner_text()
        preparing[0] = False
        page.wait_for_selector("#news[data-stage='waiting']")
        assert news.inner_text() == "Waiting for the camera\nbench"
        assert page.locator("#status").get_attribute("data-state") == "starting"
        view.see(make_slice(0))
        page.wait_for_selector("#news[data-stage='measuring']")
        assert "1 slice taken" in news.inner_text()
        show(view, page, an_update(coordinate=ramp()))
        page.wait_for_selector("#news", state="hidden")
        page.wait_for_selector("#status[data-state='live']")
    finally:
        view.close()


def test_sweeps_that_lack_slices_are_marked_until_one_is_whole(view: WebView, page) -> None:
    page.goto(view.url)
    badge, main = page.locator("#partial"), page.locator("main.partial")
    dimmed = """() => getComputedStyle(document.querySelector("[data-pane=depth] .stage canvas")).filter"""
    update = an_update(coordinate=ramp())
    whole = replace(update, tag=replace(update.tag, slots=10))
    show(view, page, whole)
    assert badge.is_hidden()
    assert page.evaluate(dimmed) == "none"
    show(view, page, replace(whole, slices_seen=3, broken=True))
    assert badge.inner_text() == "3 of 10 slices"
    assert "brightness" in page.evaluate(dimmed)
    red, green, blue = map(
        int, re.findall(r"\d+", badge.evaluate("it => getComputedStyle(it).backgroundColor"))
    )
    assert red > green > blue  # amber
    show(view, page, replace(whole, slices_seen=4, final=False))
    assert badge.inner_text() == "3 of 10 slices"
    assert main.count() == 1
    show(view, page, whole)
    assert badge.is_hidden()
    assert page.evaluate(dimmed) == "none"


def test_what_is_calibrated_is_the_focus(view: WebView, page) -> None:
    page.goto(view.url)
    show(view, page, an_update(coordinate=ramp()))
    assert page.inner_text("#trust") == "focus calibrated"


def test_the_token_is_asked_for_where_others_can_come(page) -> None:
    view = a_view(host="0.0.0.0", token="s3cret-token")
    try:
        assert view.url.endswith("/#token=s3cret-token")
        port = re.search(r":(\d+)/", view.url)[1]
        view.write(an_update(coordinate=ramp()))
        page.goto(f"http://127.0.0.1:{port}/")
        page.wait_for_selector("#status[data-state='token']")
        assert page.inner_text("#news").startswith("A token is needed")
        page.goto(f"http://127.0.0.1:{port}/#token=s3cret-token")
        page.wait_for_selector("body[data-seq='1']")
    finally:
        view.close()


def test_heights_of_a_microscope_are_micrometres(page, view) -> None:
    page.goto(view.url)
    update = an_update(width=WIDTH, height=HEIGHT, coordinate=ramp(), scale=MICROSCOPE)
    show(view, page, update)
    assert page.locator("#depth-title").inner_text().casefold() == "height"
    assert "µm" in page.locator("#sigma-title").inner_text()
    assert "focus 40 µm" in page.locator("#sweep-focus").inner_text()
    page.mouse.move(*centre(page))
    assert re.search(r"[0-9.]+ ± [0-9.]+ µm", page.locator("#value").inner_text())
    assert "dpt" not in page.locator("#place").inner_text()


def centre(page) -> tuple[float, float]:
    box = page.locator("[data-pane=depth] .stage canvas").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_regions_have_a_card_each_and_an_outline(view: WebView, page) -> None:
    page.goto(view.url)
    show(view, page, an_update(coordinate=ramp()))
    assert page.locator("#regions").is_hidden()
    show(view, page, replace(an_update(coordinate=ramp()), regions=(LID, HOLE)))
    lid, hole = page.locator("#regions li").all_inner_texts()
    assert lid.split("\n") == ["lid", "0.4315 ± 0.0021 m", "angle 3.3° · flat within 1.2 mm · 75 % sure"]
    assert hole.split("\n") == ["hole", "no sure depth", "0 % sure"]
    canvas = page.locator("[data-pane=depth] .stage canvas").bounding_box()
    outline = page.locator(".region").first.bounding_box()
    scale = min(canvas["width"] / WIDTH, canvas["height"] / HEIGHT)
    assert outline["width"] == pytest.approx(8 * scale, abs=1)
    assert outline["y"] == pytest.approx(
        canvas["y"] + (canvas["height"] - HEIGHT * scale) / 2 + 2 * scale, abs=1
    )
