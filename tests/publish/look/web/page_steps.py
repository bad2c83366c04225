"""What tests of the page do with it."""

import re

import numpy as np
import pytest

from publish.look.web.view import WebView
from tests.publish.look.web.counts import COUNTS

WIDTH, HEIGHT = 48, 32


def a_view(*, port: int = 0, host: str = "127.0.0.1", token: str | None = None, **options) -> WebView:
    return WebView(port=port, host=host, token=token, source="bench", counts=lambda: COUNTS, **options)


def ramp(*, shift: float = 0.0):
    """Far on the left to near on the right; every pixel another value."""
    pixels = np.arange(WIDTH * HEIGHT, dtype=np.float32).reshape(HEIGHT, WIDTH)
    return ((pixels % WIDTH) * HEIGHT + pixels // WIDTH) / (WIDTH * HEIGHT) * (0.9 - shift) + shift


def visit(view: WebView, page) -> None:
    """Open the page, and wait until it can be used."""
    page.goto(view.url)
    page.wait_for_selector("#status:not([data-state='connecting'])")


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


def centre(page) -> tuple[float, float]:
    box = page.locator("[data-pane=depth] .stage canvas").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
