"""The rays of the page are those of OpenCV."""

import cv2
import numpy as np
import pytest

pytest.importorskip("aiohttp", reason='needs aiohttp: pip install "focstream[web]"')

from focstream.intrinsics import COEFFICIENTS
from publish.look.web.view import WebView

RAYS = """async ([lens, pixels]) => {
    const { raysOf } = await import("/page/lens.js");
    const ray = raysOf(lens);
    return pixels.map(([u, v]) => ray(u, v));
}"""
SIZES = (*[0.05] * 2, *[0.003] * 2, *[0.02] * 4, *[0.005] * 4, *[0.05] * 2)
"""Of the coefficients: radial, tangential, radial, thin prism, tilt of the sensor."""


def test_a_ray_leads_back_to_its_pixel_by_every_model(view: WebView, page) -> None:
    page.goto(view.url)
    rng = np.random.default_rng(5)
    corners = np.array([(0, 0), (639, 0), (320, 240), (100, 400), (639, 479)], float)
    for count in COEFFICIENTS:
        distortion = (rng.uniform(-1.0, 1.0, count) * SIZES[:count]).tolist()
        lens = (500.0, 510.0, 320.5, 239.5)
        rays = np.array(page.evaluate(RAYS, [[*lens, *distortion], corners.tolist()]))
        matrix = np.array([[lens[0], 0.0, lens[2]], [0.0, lens[1], lens[3]], [0.0, 0.0, 1.0]])
        points = np.column_stack([rays, np.ones(len(rays))])
        pixels, _ = cv2.projectPoints(points, np.zeros(3), np.zeros(3), matrix, np.array(distortion))
        np.testing.assert_allclose(pixels[:, 0], corners, atol=1e-6)
