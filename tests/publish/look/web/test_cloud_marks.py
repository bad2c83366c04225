"""Which pixels fly, as pages that draw a cloud get it."""

import asyncio
import base64
import json

import numpy as np
import pytest

pytest.importorskip("aiohttp", reason='needs aiohttp: pip install "focstream[web]"')
import aiohttp

from calibration.apply.flying_pixels import flying_pixels
from publish.look.web.cloud_marks import marks_message
from publish.look.web.packet import step_of
from publish.look.web.view import WebView
from tests.publish.updates import an_update


def an_edge(height: int, width: int):
    """Two surfaces with a ramp of three columns between them."""
    coordinate = np.full((height, width), 0.8, np.float32)
    coordinate[:, width // 2 :] = 0.2
    coordinate[:, width // 2 - 1 : width // 2 + 2] = (0.65, 0.5, 0.35)
    return an_update(coordinate=coordinate)


@pytest.mark.parametrize(("height", "width"), [(30, 41), (700, 1001)], ids=["whole", "thinned"])
def test_they_are_those_of_saved_clouds(height: int, width: int) -> None:
    update = an_edge(height, width)
    message = json.loads(marks_message(update, seq=7))
    step = step_of((height, width))
    expected = flying_pixels(update.coordinate, update.coordinate_sigma)[::step, ::step]
    bits = np.frombuffer(base64.b64decode(message["flying"]), np.uint8).reshape(len(expected), -1)
    assert message["seq"] == 7
    assert expected.any()
    np.testing.assert_array_equal(np.unpackbits(bits, axis=1)[:, : expected.shape[1]], expected)


def test_only_who_draws_a_cloud_gets_them_once_for_a_map(view: WebView) -> None:
    async def look() -> list[str]:
        async with aiohttp.ClientSession() as session, session.ws_connect(view.url + "live") as viewer:
            kinds: list[str] = []

            async def hear(times: int) -> None:
                kinds.extend([(await viewer.receive()).type.name for _ in range(times)])

            await viewer.send_str("next")
            await hear(1)
            await viewer.send_str("next")  # the map is on the page now
            await viewer.send_str("cloud")
            await hear(1)
            view.write(an_edge(30, 40))
            await hear(2)
            await viewer.send_str("no cloud")
            await viewer.send_str("next")
            view.write(an_edge(30, 40))
            await hear(1)
            await viewer.send_str("clouds")
            await hear(1)
            return kinds

    view.write(an_edge(30, 40))
    kinds = asyncio.run(asyncio.wait_for(look(), 60))
    assert kinds == ["BINARY", "TEXT", "BINARY", "TEXT", "BINARY", "CLOSE"]
