"""The camera's picture on the page."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("aiohttp", reason='needs aiohttp: pip install "focstream[web]"')

from publish.look.web.view import WebView
from tests.publish.look.web.page_steps import ramp, show, visit
from tests.publish.updates import an_update
from tests.slices import make_slice

PIXEL = """([x, y]) => Array.from(document.querySelector("[data-pane=camera] canvas")
    .getContext("2d").getImageData(x, y, 1, 1).data)"""


def an_image(level: int = 90, *, height: int = 60, width: int = 80) -> np.ndarray:
    return np.full((height, width), level, np.uint8)


def see(view: WebView, page, image, *, slot: int = 0) -> None:
    """Let the camera take a picture, and wait until the page shows it."""
    taken = make_slice(slot, image=image)
    view.see_raw(replace(taken, tag=replace(taken.tag, slots=4)))
    page.wait_for_selector(f"[data-pane=camera][data-seq='{view._camera._seq}']")


def test_the_camera_is_opened_and_closed(view: WebView, page) -> None:
    visit(view, page)
    show(view, page, an_update(coordinate=ramp()))
    pane, button = page.locator("[data-pane=camera]"), page.locator("#camera-button")
    assert pane.is_hidden()
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    see(view, page, an_image(90))
    assert abs(page.evaluate(PIXEL, [10, 10])[0] - 90) <= 2
    see(view, page, an_image(20))
    assert abs(page.evaluate(PIXEL, [10, 10])[0] - 20) <= 2
    page.locator("[data-pane=depth] .stage canvas").focus()
    page.keyboard.press("4")
    assert page.locator(".pane.large").get_attribute("data-pane") == "camera"
    assert page.locator("[data-pane=camera] .words").inner_text().startswith("80 × 60, 8 bit · slot 0")
    page.keyboard.press("c")
    assert pane.is_hidden()
    assert page.locator(".pane.large").get_attribute("data-pane") == "depth"
    page.keyboard.press("4")  # opens it, too
    page.wait_for_selector("[data-pane=camera][data-seq]")


def test_it_is_there_before_the_first_map(view: WebView, page) -> None:
    visit(view, page)
    page.locator("#camera-button").click()
    see(view, page, an_image())
    assert page.locator("[data-pane=camera]").is_visible()


def test_saturated_pixels_are_marked_and_warned_of(view: WebView, page) -> None:
    visit(view, page)
    page.keyboard.press("4")
    warning = page.locator("[data-pane=camera] .warning")
    see(view, page, an_image(90))
    assert warning.is_hidden()
    bright = an_image(90)
    bright[:30] = 255
    see(view, page, bright)
    assert warning.inner_text() == "50 % saturated: less exposure or gain"
    assert page.evaluate(PIXEL, [10, 10])[:3] == [255, 40, 60]
    page.get_by_label("mark saturated").uncheck()
    assert page.evaluate(PIXEL, [10, 10])[:3] == [255, 255, 255]
    see(view, page, an_image(12))
    assert warning.inner_text().startswith("dark")
    assert page.locator(".histogram .grey").count() == 1
    see(view, page, np.zeros((60, 80, 3), np.uint8) + np.array([10, 100, 200], np.uint8))
    assert page.locator(".histogram polygon").count() == 3


def test_a_slot_is_held_and_a_part_is_shown_at_full_size(view: WebView, page) -> None:
    visit(view, page)
    page.keyboard.press("4")
    see(view, page, an_image(), slot=0)
    assert page.locator("[data-pane=camera] option").all_inner_texts() == [
        "every slot",
        *(f"slot {slot} only" for slot in range(4)),
    ]
    page.locator("[data-pane=camera] select").select_option("2")
    view.see_raw(make_slice(1, image=an_image(30)))
    see(view, page, an_image(60), slot=2)
    assert "slot 2" in page.locator("[data-pane=camera] .words").inner_text()
    large = an_image(100, height=960, width=1280)
    large[:480, 640:] = 200
    see(view, page, large, slot=2)
    canvas = page.locator("[data-pane=camera] canvas")
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] * 0.6, "y": box["height"] * 0.2})
    page.wait_for_selector("[data-pane=camera] .words:has-text('full size')")
    assert page.locator("[name=full]").is_checked()
    assert abs(page.evaluate(PIXEL, [600, 10])[0] - 200) <= 2
    short = make_slice(0, image=an_image(), frame_id=99)
    view.see_raw(replace(short, tag=replace(short.tag, slots=2)))  # the sweep has fewer slots now
    page.wait_for_function("() => document.querySelectorAll('[data-pane=camera] option').length === 3")
    assert page.locator("[data-pane=camera] select").input_value() == ""


def test_a_held_lens_is_shown_whatever_slot_is_held(view: WebView, page) -> None:
    visit(view, page)
    page.keyboard.press("4")
    see(view, page, an_image(), slot=0)
    page.locator("[data-pane=camera] select").select_option("2")
    held = make_slice(0, image=an_image(), frame_id=99, held=True, focus_dpt=1.5)
    view.see_raw(held)
    page.wait_for_selector("[data-pane=camera] .words:has-text('lens held at 1.500 dpt')")


def test_it_comes_back_with_the_server(page) -> None:
    from tests.publish.look.web.page_steps import a_view

    first = a_view()
    port = int(first.url.rstrip("/").rpartition(":")[2])
    try:
        visit(first, page)
        page.keyboard.press("c")
        see(first, page, an_image())
    finally:
        first.close()
    page.wait_for_selector("[data-pane=camera].old")
    second = a_view(port=port)
    try:
        for _ in range(2):
            second.see_raw(make_slice(0, image=an_image(50)))
        page.wait_for_selector("[data-pane=camera][data-seq='2']:not(.old)")
    finally:
        second.close()


def test_everybody_can_use_it_and_on_a_phone(view: WebView, phone) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    page = phone
    visit(view, page)
    show(view, page, an_update(coordinate=ramp()))
    page.locator("#camera-button").tap()
    see(view, page, an_image(255))
    assert page.locator("[data-pane=camera] canvas").bounding_box()["height"] > 200
    assert page.locator("[data-pane=camera] .warning").is_visible()
    page.locator("[name=full]").tap()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
