"""What tests of the point cloud do with the page."""

import cv2
import numpy as np

from publish.look.web.view import WebView
from tests.publish.look.web.page_steps import show, visit

GROUND_BGR = (16, 12, 9)
EDGES_BGR = (105, 89, 79)
"""Of the box."""


def open_cloud(view: WebView, page, update) -> None:
    """Open the page and its cloud, and wait until `update` is drawn in both, without its flying pixels."""
    visit(view, page)
    show(view, page, update)
    page.locator("#cloud-button").click()
    drawn(view, page)


def drawn(view: WebView, page) -> None:
    """Wait until the newest map is in the cloud, without its flying pixels where they are cut."""
    page.wait_for_selector(f"[data-pane=cloud] canvas[data-seq='{view.shown}'][data-every='1']")
    page.wait_for_selector("[data-pane=cloud] .words:not(:has-text('with the next map'))")


def draw(view: WebView, page, update) -> None:
    show(view, page, update)
    drawn(view, page)


def picture_of(page):
    """Return the cloud as it is on the screen, (H, W, 3) blue-green-red, without words and box."""
    page.evaluate("document.querySelector('.labels').hidden = true")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.wait_for_selector("[data-pane=cloud] canvas[data-every='1']")  # fine again, after a change
    shot = page.locator("[data-pane=cloud] .stage > canvas").screenshot()
    page.evaluate("document.querySelector('.labels').hidden = false")
    picture = cv2.imdecode(np.frombuffer(shot, np.uint8), cv2.IMREAD_COLOR)
    near = np.abs(picture.astype(int) - EDGES_BGR).max(axis=2) < 3
    picture[near] = GROUND_BGR
    inside = np.zeros_like(picture, bool)
    inside[5:-5, 5:-5] = True  # beside are the borders of the pane and the mark of the focus
    return np.where(inside, picture, np.array(GROUND_BGR, np.uint8))


def is_point(picture):
    """(H, W) where something is drawn."""
    return np.abs(picture.astype(int) - GROUND_BGR).max(axis=2) > 6


def on_screen(page, points):
    """(N, 2) CSS pixels where the page's camera sees `points`, (N, 3) in the frame of saved clouds."""
    numbers, width, height = page.evaluate(
        """() => { const canvas = document.querySelector("[data-pane=cloud] canvas");
            return [canvas.dataset.view, canvas.clientWidth, canvas.clientHeight]; }"""
    )
    matrix = np.array(numbers.split(), float).reshape(4, 4).T
    x, y, z = np.asarray(points, float).T
    seen = np.stack([x, -y, -z, np.ones_like(x)], axis=1) @ matrix.T
    place = seen[:, :2] / seen[:, 3:]
    return np.stack([(place[:, 0] + 1) / 2 * width, (1 - place[:, 1]) / 2 * height], axis=1)


def count_of(page) -> int:
    """Return how many points the page says that it draws."""
    return int(page.inner_text("[data-pane=cloud] .words").split()[0])
