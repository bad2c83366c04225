"""The right token is let in at once; wrong ones wait."""

import asyncio

import pytest

pytest.importorskip("aiohttp", reason='needs aiohttp: pip install "focstream[web]"')
import aiohttp

from publish.look.web.view import WebView
from publish.look.web.viewer_token import WRONG_TOKEN
from tests.publish.look.web.counts import COUNTS
from tests.publish.updates import an_update

TOKEN = "the-right-one"


def a_view(*, wait_s: float) -> WebView:
    return WebView(
        port=0,
        host="0.0.0.0",
        token=TOKEN,
        source="bench",
        counts=lambda: COUNTS,
        wrong_token_wait_s=wait_s,
    )


def live(view: WebView, token: str) -> str:
    return f"http://127.0.0.1:{view.url.partition('#')[0].rstrip('/').rpartition(':')[2]}/live?token={token}"


def test_the_right_token_does_not_wait_for_wrong_ones() -> None:
    async def look() -> tuple[int | None, list[bool]]:
        async with aiohttp.ClientSession() as session:
            guessing = [await session.ws_connect(live(view, f"guess-{count}")) for count in range(12)]
            async with session.ws_connect(live(view, TOKEN), max_msg_size=0) as viewer:
                await viewer.send_str("next")
                packet = await viewer.receive_bytes()
            answers = [asyncio.create_task(other.receive()) for other in guessing]
            await asyncio.sleep(0)
            waiting = [not answer.done() for answer in answers]
            await asyncio.to_thread(view.close)  # answers all that wait
            codes = {(await answer).data for answer in answers}
            for other in guessing:
                await other.close()
            return len(packet), [*waiting, codes == {WRONG_TOKEN}]

    view = a_view(wait_s=600.0)
    view.write(an_update())
    length, seen = asyncio.run(asyncio.wait_for(look(), 60))
    assert length
    assert all(seen)


def test_guessing_takes_a_bounded_number_of_connections() -> None:
    async def look() -> tuple[int, bytes]:
        async with aiohttp.ClientSession() as session:
            guessing = [await session.ws_connect(live(view, f"guess-{count}")) for count in range(60)]
            answers = [asyncio.create_task(other.receive()) for other in guessing]
            cut_off, _ = await asyncio.wait(answers, timeout=None, return_when=asyncio.FIRST_COMPLETED)
            while len(cut_off) < 44:
                cut_off, _ = await asyncio.wait(answers, timeout=0.05)
            async with session.ws_connect(live(view, TOKEN), max_msg_size=0) as viewer:
                await viewer.send_str("next")
                packet = await viewer.receive_bytes()
            await asyncio.to_thread(view.close)
            await asyncio.wait(answers)
            for other in guessing:
                await other.close()
            return len(cut_off), packet

    view = a_view(wait_s=600.0)
    view.write(an_update())
    cut_off, packet = asyncio.run(asyncio.wait_for(look(), 60))
    assert cut_off == 44
    assert packet


def test_a_wrong_token_gets_its_answer_in_the_end() -> None:
    async def code() -> int | None:
        async with aiohttp.ClientSession() as session, session.ws_connect(live(view, "guess")) as viewer:
            await viewer.receive()
            return viewer.close_code

    view = a_view(wait_s=0.05)
    try:
        assert asyncio.run(asyncio.wait_for(code(), 60)) == WRONG_TOKEN
    finally:
        view.close()
