"""The point cloud on the page: when it works, and what it costs while it does not."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("aiohttp", reason='needs aiohttp: pip install "focstream[web]"')

from calibration.apply.confidence import Confidence
from publish.look.web.view import WebView
from tests.publish.look.web.browser import PATIENCE_MS, launched
from tests.publish.look.web.page.cloud_steps import count_of, draw, drawn, is_point, open_cloud, picture_of
from tests.publish.look.web.page_steps import a_view, point_at, ramp, show, visit
from tests.publish.updates import an_update

CANVAS = "[data-pane=cloud] canvas[tabindex]"
WARNING = "[data-pane=cloud] .warning"


@pytest.fixture
def view():
    opened = a_view(cloud=Confidence())
    yield opened
    opened.close()


def viewer_of(view: WebView):
    (viewer,) = view._server._hub._viewers
    return viewer


def test_nothing_is_loaded_asked_for_or_computed_while_it_is_closed(view: WebView, page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    visit(view, page)
    show(view, page, an_update(coordinate=ramp()))
    assert not any("three" in url or "/cloud/" in url for url in asked)
    assert not viewer_of(view).draws_cloud
    page.keyboard.press("d")
    drawn(view, page)
    assert any(url.endswith("/page/three/three.js") for url in asked)
    assert all(url.startswith((view.url, "blob:", "ws:")) for url in asked)
    assert viewer_of(view).marked == view.shown
    page.keyboard.press("d")
    assert page.locator("[data-pane=cloud]").is_hidden()
    assert page.locator(CANVAS).count() == 0
    assert page.locator(".pane.large").get_attribute("data-pane") == "depth"
    marked = view.shown
    for shift in (0.1, 0.2):
        show(view, page, an_update(coordinate=ramp(shift=shift)))
    assert not viewer_of(view).draws_cloud
    assert view._server._hub._marks[0] == marked
    page.keyboard.press("5")  # opens it, too
    drawn(view, page)
    assert count_of(page) == 48 * 32


def test_a_frozen_map_has_its_flying_pixels_cut(view: WebView, page) -> None:
    coordinate = np.full((32, 48), 0.8, np.float32)
    coordinate[:, 23], coordinate[:, 24:] = 0.5, 0.2
    visit(view, page)
    show(view, page, an_update(coordinate=coordinate))
    page.keyboard.press("Space")
    view.write(an_update(coordinate=ramp()))
    page.keyboard.press("d")
    page.wait_for_selector("[data-pane=cloud] .words:has-text('1504 of 1536 pixels')")
    assert page.locator(CANVAS).get_attribute("data-seq") == "1"


def test_it_comes_back_with_the_server(page) -> None:
    first = a_view(cloud=Confidence())
    port = int(first.url.rstrip("/").rpartition(":")[2])
    try:
        open_cloud(first, page, an_update(coordinate=ramp()))
    finally:
        first.close()
    page.wait_for_selector("#status[data-state='lost']")
    second = a_view(port=port, cloud=Confidence())
    try:
        page.wait_for_selector("#status:not([data-state='lost'])")
        second.write(an_update(coordinate=ramp()))
        draw(second, page, an_update(coordinate=ramp(shift=0.3)))
        assert viewer_of(second).draws_cloud
    finally:
        second.close()


def test_another_size_of_the_map_is_survived(view: WebView, page) -> None:
    open_cloud(view, page, an_update(coordinate=ramp()))
    draw(view, page, an_update(coordinate=np.full((30, 41), 0.5, np.float32)))
    assert count_of(page) == 30 * 41
    assert is_point(picture_of(page)).any()


def test_a_lost_graphics_card_is_said_and_survived(view: WebView, page) -> None:
    page.set_viewport_size({"width": 1400, "height": 800})
    open_cloud(view, page, an_update(coordinate=ramp()))
    before = picture_of(page)
    lose = """selector => { const context = document.querySelector(selector).getContext("webgl2");
        window.card = context.getExtension("WEBGL_lose_context"); window.card.loseContext(); }"""
    page.evaluate(lose, CANVAS)
    page.wait_for_selector(f"{WARNING}:has-text('graphics card is lost')")
    page.evaluate("window.card.restoreContext()")
    page.wait_for_selector(WARNING, state="hidden")
    np.testing.assert_array_equal(picture_of(page), before)


def test_without_webgl_one_sentence_says_so_and_the_page_works(view: WebView, browser) -> None:
    with launched(browser.browser_type, "--disable-3d-apis") as plain:
        page = plain.new_page()
        page.set_default_timeout(PATIENCE_MS)
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        visit(view, page)
        show(view, page, an_update(coordinate=ramp()))
        page.keyboard.press("d")
        page.wait_for_selector(f"{WARNING}:has-text('This browser draws no 3-D here')")
        show(view, page, an_update(coordinate=ramp(shift=0.2)))
        page.keyboard.press("1")
        point_at(page, 4, 3)
        assert page.inner_text("#place").startswith("x 4, y 3")
        page.keyboard.press("5")
        page.keyboard.press("s")  # there is nothing to save
        page.keyboard.press("d")
        assert page.locator("[data-pane=cloud]").is_hidden()
        assert problems == []


def test_a_saved_picture_has_cloud_bar_and_words(view: WebView, page, tmp_path: Path) -> None:
    open_cloud(view, page, an_update(coordinate=ramp()))
    page.focus(CANVAS)
    with page.expect_download() as download:
        page.keyboard.press("s")
    assert download.value.suggested_filename == "cloud_3.png"
    download.value.save_as(tmp_path / "cloud.png")
    picture = cv2.imread(str(tmp_path / "cloud.png"))
    shown = page.locator(CANVAS).bounding_box()
    assert picture.shape[1] > shown["width"] + 100  # the bar
    cloud = picture[14 : 14 + int(shown["height"]), 14 : 14 + int(shown["width"])]
    assert is_point(cloud).sum() > 0.9 * is_point(picture_of(page)).sum()


def test_everybody_can_use_it_and_on_a_phone(view: WebView, phone) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    page = phone
    visit(view, page)
    show(view, page, replace(an_update(coordinate=ramp()), broken=True))
    page.locator("#cloud-button").tap()
    drawn(view, page)
    box = page.locator(CANVAS).bounding_box()
    assert box["height"] > 200
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for control in page.locator("[data-pane=cloud] :is(select, input, button)").all():
        place = control.bounding_box()
        assert place["x"] >= 0
        assert place["x"] + place["width"] <= 390
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    before = picture_of(page)
    drag(page, box)
    assert (picture_of(page) != before).any()


def drag(page, box) -> None:
    """Move a finger across."""
    touch = page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for kind, dx in (("touchStart", 0), ("touchMove", 30), ("touchMove", 60)):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x + dx, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
