"""Regions drawn on the page: with mouse, keys and finger."""

import json
from dataclasses import replace

import pytest

pytest.importorskip("aiohttp", reason='needs aiohttp: pip install "focstream[web]"')

from calibration.apply.map_config import MapConfig
from publish.look.web.view import WebView
from tests.publish.look.web.page_steps import HEIGHT, WIDTH, point_at, ramp, show, visit
from tests.publish.updates import LID, an_update

SAID = "#regions li.drawn .figures span:has-text('sure')"


def drag(page, start: tuple[int, int], end: tuple[int, int], pane: str = "depth") -> None:
    point_at(page, *start, pane)
    page.mouse.down()
    point_at(page, *end, pane)
    page.mouse.up()


def words(page) -> str:
    return page.locator("#roi-words").input_value().split("\n")[0]


def test_a_region_is_drawn_measured_named_kept_and_deleted(view: WebView, page) -> None:
    visit(view, page)
    update = replace(an_update(coordinate=ramp()), regions=(LID,))
    show(view, page, update)
    page.click("#draw-button")
    drag(page, (30, 20), (10, 12))
    page.wait_for_selector(SAID)
    assert words(page) == "--roi lid=1,2,8,6 region-1=10,12,21,9"
    assert page.locator("[data-pane=depth] .region").all_inner_texts() == ["lid", "region-1"]
    figures = page.locator("#regions li.drawn output").inner_text()
    depth = update.depth()[12:21, 10:31]
    assert depth.min() < float(figures.split()[0]) < depth.max()
    assert "pinned" not in page.inner_text("#place")  # a stroke is no click
    name = page.get_by_label("name of the region")
    name.fill("lid")  # taken by the program's
    assert name.get_attribute("aria-invalid") == "true"
    name.press("Tab")
    assert name.input_value() == "region-1"
    name.fill("rim")
    name.press("Tab")
    assert words(page) == "--roi lid=1,2,8,6 rim=10,12,21,9"
    command = words(page).removeprefix("--roi ").split()
    assert json.loads(page.locator("#roi-words").input_value().split("\nroi = ")[1]) == command
    assert [str(region) for region in MapConfig(roi=command).regions] == command
    show(view, page, replace(update, coordinate=ramp(shift=0.4)))
    page.wait_for_function(
        """old => document.querySelector("#regions li.drawn output").textContent !== old""", arg=figures
    )
    page.reload()
    page.wait_for_selector(SAID)
    assert words(page).endswith("rim=10,12,21,9")
    page.get_by_label("delete rim").click()
    assert page.locator("#regions li.drawn").count() == 0
    assert page.locator("#drawn-words").is_hidden()


def test_a_name_that_is_not_taken_stays_and_says_why(view: WebView, page) -> None:
    visit(view, page)
    show(view, page, replace(an_update(coordinate=ramp()), regions=(LID,)))
    page.click("#draw-button")
    drag(page, (10, 12), (30, 20))
    name, why = page.get_by_label("name of the region"), page.locator("#regions li.drawn .why")
    assert why.is_hidden()
    name.fill("my rim")
    name.press("Enter")
    assert why.inner_text() == "a name takes up to 32 letters, digits, _ - and ."
    assert (name.input_value(), name.get_attribute("aria-invalid")) == ("my rim", "true")
    name.press("Tab")
    assert (name.input_value(), name.get_attribute("aria-invalid")) == ("region-1", "false")
    assert why.is_visible()
    name.fill("lid")
    assert why.inner_text() == "another region is called lid"
    name.fill("rim")
    name.press("Enter")
    assert why.is_hidden()
    assert words(page).endswith("rim=10,12,21,9")


def test_the_words_can_be_copied(view: WebView, page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit(view, page)
    show(view, page, an_update(coordinate=ramp()))
    page.click("#draw-button")
    drag(page, (4, 4), (9, 9))
    page.click("#roi-copy")
    page.wait_for_selector("#roi-copy:has-text('copied')")
    assert page.evaluate("navigator.clipboard.readText()").startswith("--roi region-1=4,4,6,6")


def test_a_region_is_drawn_with_keys_alone(view: WebView, page) -> None:
    visit(view, page)
    show(view, page, an_update(coordinate=ramp()))
    page.locator("#draw-button").press("Enter")
    assert "Enter at two corners" in page.inner_text("#place")
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector(SAID)
    assert words(page) == f"--roi region-1={WIDTH // 2},{HEIGHT // 2},11,2"
    page.keyboard.press("r")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    assert page.locator("#draw-button").get_attribute("aria-pressed") == "false"
    assert page.locator("#regions li.drawn").count() == 1


def test_a_region_drawn_on_a_frozen_map_is_measured_in_it(view: WebView, page) -> None:
    visit(view, page)
    frozen = an_update(coordinate=ramp())
    show(view, page, frozen)
    page.keyboard.press(" ")
    for shift in (0.1, 0.2, 0.3):
        view.write(an_update(coordinate=ramp(shift=shift)))
    page.click("#draw-button")
    drag(page, (20, 10), (22, 12))
    page.wait_for_selector(SAID)
    depth = float(page.locator("#regions li.drawn output").inner_text().split()[0])
    assert depth == pytest.approx(float(frozen.depth()[11, 21]), rel=0.01)
    page.locator("[data-pane=depth] .stage canvas").focus()
    page.keyboard.press(" ")
    show(view, page, an_update(coordinate=ramp(shift=0.4)))


def test_pixels_of_a_thinned_map_are_those_of_the_camera(view: WebView, page) -> None:
    visit(view, page)
    show(view, page, an_update(height=801, width=1001))  # every second pixel is shown
    page.click("#draw-button")
    box = page.locator("[data-pane=depth] .stage canvas").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] + 50, box["y"] + box["height"] + 50)
    page.mouse.up()
    page.wait_for_selector("#regions li.drawn")
    left, top, width, height = map(int, words(page).partition("region-1=")[2].split(","))
    assert (left % 2, top % 2) == (0, 0)
    assert (left + width, top + height) == (1001, 801)
    view.write(an_update(height=801, width=1001))
    page.wait_for_selector(SAID)


def test_no_more_are_drawn_than_the_command_takes(view: WebView, page) -> None:
    visit(view, page)
    show(view, page, an_update(coordinate=ramp()))
    for number in range(16):
        page.click("#draw-button")
        drag(page, (number, 3), (number + 6, 9))
        page.wait_for_function(
            "n => document.querySelectorAll('#regions li.drawn').length === n", arg=number + 1
        )
    page.click("#draw-button")
    assert page.locator("#draw-button").get_attribute("aria-pressed") == "false"
    MapConfig(roi=words(page).removeprefix("--roi ").split())


def test_everybody_can_draw_and_on_a_phone(view: WebView, phone) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    page = phone
    visit(view, page)
    show(view, page, an_update(coordinate=ramp()))
    page.locator("#draw-button").tap()
    assert "drag over the region" in page.inner_text("#place")
    box = page.locator("[data-pane=depth] .stage canvas").bounding_box()
    touch = page.context.new_cdp_session(page)
    strokes = [("touchStart", 0.4), ("touchMove", 0.5), ("touchMove", 0.6), ("touchEnd", None)]
    for kind, share in strokes:
        at = (
            []
            if share is None
            else [{"x": box["x"] + share * box["width"], "y": box["y"] + share * box["height"]}]
        )
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})
    page.wait_for_selector(SAID)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("scrollY") == 0  # the finger drew, and did not scroll
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
