"""The live page in a real browser."""

import re
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("aiohttp", reason='needs aiohttp: pip install "focstream[web]"')

from publish.look.web.view import WebView
from tests.publish.look.web.page_steps import (
    HEIGHT,
    WIDTH,
    a_view,
    assert_reads,
    centre,
    pixels_of,
    point_at,
    ramp,
    show,
)
from tests.publish.updates import HOLE, LID, MICROSCOPE, an_update
from tests.slices import make_slice


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


def test_keys_go_on_after_a_button_was_clicked(view: WebView, page) -> None:
    page.goto(view.url)
    show(view, page, an_update(coordinate=ramp()))
    camera, cloud = page.locator("#camera-button"), page.locator("#cloud-button")
    cloud.click()
    camera.click()
    for key, button, is_open in (("d", cloud, False), ("Space", camera, False), ("Enter", camera, True)):
        page.keyboard.press(key)
        assert button.get_attribute("aria-pressed") == str(is_open).lower()
    assert page.locator("#status").get_attribute("data-state") != "frozen"  # Space was the button's
    page.get_by_label("mark saturated").focus()
    page.keyboard.press("r")
    assert page.locator("#draw-button").get_attribute("aria-pressed") == "true"
    page.get_by_label("which slots are shown").focus()
    page.keyboard.press("c")
    assert camera.get_attribute("aria-pressed") == "true"
    camera.focus()
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()


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


def test_regions_have_a_card_each_and_an_outline(view: WebView, page) -> None:
    page.goto(view.url)
    show(view, page, an_update(coordinate=ramp()))
    assert page.locator("#regions").is_hidden()
    show(view, page, replace(an_update(coordinate=ramp()), regions=(LID, HOLE)))
    lid, hole = page.locator("#regions li").all_inner_texts()
    assert lid.split("\n") == ["lid", "0.4315 ± 0.0021 m", "angle 3.3° · flat within 1.2 mm · 75 % sure"]
    assert hole.split("\n") == ["hole", "no sure depth", "0 % sure"]
    early = replace(HOLE, sure_share=np.nan)
    show(view, page, replace(an_update(coordinate=ramp()), regions=(LID, early)))
    said = page.locator("#regions li").nth(1).inner_text()
    assert said.split("\n") == ["hole", "–", "until half of the sweep is seen"]
    show(view, page, replace(an_update(coordinate=ramp()), regions=(LID, HOLE)))
    canvas = page.locator("[data-pane=depth] .stage canvas").bounding_box()
    outline = page.locator(".region").first.bounding_box()
    scale = min(canvas["width"] / WIDTH, canvas["height"] / HEIGHT)
    assert outline["width"] == pytest.approx(8 * scale, abs=1)
    assert outline["y"] == pytest.approx(
        canvas["y"] + (canvas["height"] - HEIGHT * scale) / 2 + 2 * scale, abs=1
    )


def test_cards_of_regions_are_dim_until_the_sweep_is_whole(view: WebView, page) -> None:
    page.goto(view.url)
    update = replace(an_update(coordinate=ramp()), regions=(LID,))
    whole = replace(update, tag=replace(update.tag, slots=6), slices_seen=6)
    early = replace(whole, slices_seen=3, final=False)
    card = page.locator("#regions li")
    colours = []
    for shown in (whole, early):
        show(view, page, shown)
        colours.append(card.locator("output").evaluate("it => getComputedStyle(it).color"))
    assert luminance(colours[0]) > luminance(colours[1])
    ground = card.evaluate("it => getComputedStyle(it).backgroundColor")
    assert (luminance(colours[1]) + 0.05) / (luminance(ground) + 0.05) >= 4.5
    assert (card.get_attribute("title"), card.locator(".heard").inner_text()) == ("3 of 6 slices",) * 2
    show(view, page, replace(early, tag=replace(update.tag, slots=None)))
    assert card.locator(".heard").inner_text() == "3 slices so far"
    for shown in (replace(whole, final=False), replace(early, final=True)):  # rolling; active, ended early
        show(view, page, shown)
        assert card.get_attribute("class") == ""
        assert card.locator(".heard").count() == 0
    show(view, page, replace(early, final=True, broken=True))
    assert card.get_attribute("class") == "early"


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 has it, of a colour as a browser writes it."""
    levels = np.array(re.findall(r"\d+", colour)[:3], float) / 255
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])
