"""The camera's pictures, asked for over a connection of their own."""

import asyncio
import json
from dataclasses import replace

import pytest

pytest.importorskip("aiohttp", reason='needs aiohttp: pip install "focstream[web]"')
import aiohttp

from focstream.types import FocalSlice
from publish.look.web import camera_feed
from publish.look.web.view import WebView
from publish.look.web.viewer_token import WRONG_TOKEN
from tests.publish.look.web.page_steps import a_view
from tests.slices import make_slice


def head_of(packet: bytes) -> dict:
    return json.loads(packet[: packet.index(b"\n")])


def looking(view: WebView, steps):
    """Run `steps(viewer, picture)` with one viewer; `picture` asks and waits for the answer."""

    async def look():
        async with aiohttp.ClientSession() as session, session.ws_connect(view.url + "camera") as viewer:

            async def picture(**ask) -> dict:
                await viewer.send_str(json.dumps(ask))
                return head_of(await viewer.receive_bytes())

            return await steps(viewer, picture)

    return asyncio.run(asyncio.wait_for(look(), 60))


def test_a_viewer_gets_the_newest_picture_at_once_and_none_twice(view: WebView) -> None:
    async def steps(viewer, picture):
        first = await picture()
        await viewer.send_str("{}")
        with pytest.raises(asyncio.TimeoutError):
            await viewer.receive_bytes(timeout=0.3)
        view.see_raw(make_slice(2))
        newer = head_of(await viewer.receive_bytes())
        part = await picture(centre=[0.5, 0.5])  # the same picture, but another part of it
        return first["slot"], newer["slot"], part["slot"], part["part"]

    for slot in (0, 1):
        view.see_raw(make_slice(slot))
    assert looking(view, steps) == (1, 2, 2, [2, 1, 3, 2])


def test_a_slot_is_held(view: WebView) -> None:
    async def steps(viewer, picture):
        view.see_raw(make_slice(3))
        assert (await picture())["slot"] == 3
        await viewer.send_str('{"slot": 1}')
        waiting = asyncio.create_task(viewer.receive_bytes())
        sweep = 0
        while not waiting.done():
            sweep += 1
            for slot in range(4):
                view.see_raw(make_slice(slot, sweep_id=sweep))
            await asyncio.sleep(0.02)
        return head_of(await waiting)["slot"]

    assert looking(view, steps) == 1


def test_a_slot_that_the_sweep_no_longer_has_is_held_no_more(view: WebView) -> None:
    async def steps(viewer, picture):
        view.see_raw(of_sweep(3, slots=4))
        held = await picture(slot=3)
        view.see_raw(of_sweep(0, slots=2))
        return held["slot"], (await picture(slot=3))["slot"]

    assert looking(view, steps) == (3, 0)


def of_sweep(slot: int, *, slots: int) -> FocalSlice:
    focal_slice = make_slice(slot, slots=slots)
    return replace(focal_slice, tag=replace(focal_slice.tag, slots=slots))


def test_nothing_is_packed_while_nobody_looks(view: WebView, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_feed, "pack_picture", lambda *_, **__: pytest.fail("packed for nobody"))
    monkeypatch.setattr(view._server, "call", lambda *_: pytest.fail("called for nobody"))
    for slot in range(4):
        view.see_raw(make_slice(slot))


def test_a_picture_is_packed_once_for_all_who_see_it(view: WebView, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = []
    pack = camera_feed.pack_picture
    monkeypatch.setattr(
        camera_feed, "pack_picture", lambda *what, **how: packed.append(how) or pack(*what, **how)
    )
    view.see_raw(make_slice(2))

    async def steps(viewer, picture):
        return (await picture())["seq"], (await picture(centre=[0.5, 0.5]))["seq"]

    assert [looking(view, steps), looking(view, steps)] == [(1, 1), (1, 1)]
    assert [each["centre"] for each in packed] == [None, (0.5, 0.5), None, (0.5, 0.5)]
    assert looking(view, lambda viewer, picture: picture(centre=[0.5, 0.5]))["seq"] == 1
    assert len(packed) == 4


def test_who_asks_for_nonsense_is_cut_off_and_others_go_on(view: WebView) -> None:
    async def steps(viewer, picture):
        async with aiohttp.ClientSession() as session, session.ws_connect(view.url + "camera") as other:
            await other.send_str("nonsense")
            await other.receive()
            code = other.close_code
        return code, (await picture())["slot"]

    view.see_raw(make_slice(2))
    assert looking(view, steps) == (1008, 2)


def test_the_camera_needs_the_token_too() -> None:
    async def code(url: str) -> int | None:
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as viewer:
            await viewer.receive()
            return viewer.close_code

    view = a_view(host="0.0.0.0", token="the-right-one", wrong_token_wait_s=0.05)
    try:
        port = view.url.partition("#")[0].rstrip("/").rpartition(":")[2]
        assert asyncio.run(asyncio.wait_for(code(f"http://127.0.0.1:{port}/camera"), 60)) == WRONG_TOKEN
    finally:
        view.close()
