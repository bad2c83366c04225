"""Regions of viewers are measured as those of the command."""

import asyncio
import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

pytest.importorskip("aiohttp", reason='needs aiohttp: pip install "focstream[web]"')
import aiohttp

from calibration.apply.confidence import Confidence
from calibration.apply.measured_estimator import MeasuredEstimator
from focstream.region import Region
from inference.config import InferenceConfig
from inference.policies import make_estimator
from inference.sharpness.model import SharpnessModel
from publish.look.web.drawn_regions import DrawnRegions, read_drawn
from publish.look.web.view import WebView
from publish.region_numbers import region_numbers
from tests.publish.look.web.page_steps import ramp
from tests.publish.updates import an_update
from tests.slices import make_slice

REGION = Region(name="lid", x_px=4, y_px=5, width_px=12, height_px=9)
OUTSIDE = Region(name="out", x_px=40, y_px=5, width_px=12, height_px=9)


def test_the_figures_are_those_of_the_command() -> None:
    everywhere = Region(name="all", x_px=0, y_px=0, width_px=64, height_px=48)
    sure = Confidence(sigma=1.0)
    estimator = MeasuredEstimator(
        make_estimator(SharpnessModel(), InferenceConfig()), (everywhere,), mask=sure
    )
    texture = np.random.default_rng(0).integers(0, 255, (48, 64), dtype=np.uint8)
    *_, update = [
        estimator.push(make_slice(slot, image=cv2.GaussianBlur(texture, None, 0.3 + 1.5 * abs(slot - 2))))
        for slot in range(4)
    ]
    drawn = json.loads(DrawnRegions((everywhere,), confidence=sure).message(update, seq=3))
    assert drawn == {"seq": 3, "regions": region_numbers(update)}
    assert drawn["regions"][0]["median"] is not None


def test_what_reaches_out_of_a_map_is_left_out_until_it_fits() -> None:
    drawn = DrawnRegions((OUTSIDE, REGION), confidence=Confidence())
    small, large = an_update(coordinate=ramp()), an_update(height=64, width=64)
    names = [
        [region["name"] for region in json.loads(drawn.message(update, seq=1))["regions"]]
        for update in (small, large, small)
    ]
    assert names == [["lid"], ["out", "lid"], ["lid"]]


def test_the_intrinsics_may_come_later() -> None:
    drawn = DrawnRegions((REGION,), confidence=Confidence())
    update = an_update(coordinate=ramp())
    angles = [
        json.loads(drawn.message(each, seq=1))["regions"][0]["angle_deg"]
        for each in (replace(update, intrinsics=None), update)
    ]
    assert angles[0] is None
    assert angles[1] > 0


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{}",
        '{"regions": "a=1,2,3,4"}',
        '{"regions": [1]}',
        '{"regions": ["a"]}',
        '{"regions": ["a=1,2,0,4"]}',
        json.dumps({"regions": ["a=1,2,3,4"] * 17}),
    ],
)
def test_what_is_no_list_of_regions_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_drawn(text)


def test_a_viewer_gets_figures_of_its_own_regions_with_every_map_and_at_once(view: WebView) -> None:
    async def look() -> list[object]:
        async with aiohttp.ClientSession() as session:
            one = await session.ws_connect(view.url + "live")
            other = await session.ws_connect(view.url + "live")
            await one.send_str("next")
            await one.receive_bytes()
            await one.send_str("next")  # it has drawn the map
            await one.send_str('{"regions": ["lid=4,5,12,9"]}')
            at_once = json.loads(await one.receive_str())
            view.write(an_update(coordinate=ramp(shift=0.3)))
            await one.receive_bytes()
            then = json.loads(await one.receive_str())
            await other.send_str("next")
            other_sees = (await other.receive()).type
            await other.send_str('{"regions": [17]}')
            await other.receive()
            await one.close()
            return [at_once, then, other_sees, other.close_code]

    view.write(an_update(coordinate=ramp()))
    at_once, then, other_sees, code = asyncio.run(asyncio.wait_for(look(), 60))
    assert (at_once["seq"], then["seq"]) == (1, 2)
    assert then["regions"][0]["median"] < at_once["regions"][0]["median"]
    assert other_sees is aiohttp.WSMsgType.BINARY
    assert code == 1008
