"""The page's server, with viewers that behave and viewers that do not."""

import asyncio
import json
import socket

import pytest

pytest.importorskip("aiohttp", reason='needs aiohttp: pip install "focstream[web]"')
import aiohttp

from focstream.types import InputError
from publish.look.web.view import WebView
from publish.look.web.viewer_token import WRONG_TOKEN
from tests.publish.look.web.counts import COUNTS
from tests.publish.updates import an_update


def a_view(*, port: int = 0, host: str = "127.0.0.1", token: str | None = None) -> WebView:
    return WebView(port=port, host=host, token=token, source="bench", counts=lambda: COUNTS)


@pytest.fixture
def view():
    opened = a_view()
    yield opened
    opened.close()


def sequence_of(packet: bytes) -> int:
    return json.loads(packet[: packet.index(b"\n")])["seq"]


async def next_packet(viewer: aiohttp.ClientWebSocketResponse) -> bytes:
    """Receive a packet, after the news that come before the first."""
    while (message := await viewer.receive()).type is aiohttp.WSMsgType.TEXT:
        pass
    assert isinstance(message.data, bytes)
    return message.data


def test_any_number_of_viewers_get_the_newest_and_a_stalled_one_holds_up_nobody(view: WebView) -> None:
    large = an_update(height=480, width=640)  # more than any socket buffers

    async def look() -> None:
        async with aiohttp.ClientSession() as session:
            stalled = await session.ws_connect(view.url + "live")
            await stalled.send_str("next")  # and never reads
            others = [await session.ws_connect(view.url + "live", max_msg_size=0) for _ in range(5)]
            for _ in range(8):
                view.write(large)
                for other in others:
                    await other.send_str("next")
                    while sequence_of(await next_packet(other)) < view.shown:
                        await other.send_str("next")
            for other in (stalled, *others):
                await other.close()

    asyncio.run(asyncio.wait_for(look(), 60))
    assert view.shown == 8


def test_maps_that_nobody_asked_for_do_not_queue(view: WebView) -> None:
    async def look() -> list[int]:
        async with aiohttp.ClientSession() as session, session.ws_connect(view.url + "live") as viewer:
            seen = []
            while not seen or seen[-1] < 50:
                await viewer.send_str("next")
                seen.append(sequence_of(await viewer.receive_bytes()))
                if seen == [1]:
                    for _ in range(49):
                        view.write(an_update())
            return seen

    view.write(an_update())
    seen = asyncio.run(asyncio.wait_for(look(), 60))
    assert seen == sorted(set(seen))
    assert seen[-1] == 50
    assert len(seen) < 50


def test_nothing_is_packed_while_nobody_looks(view: WebView, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view._server, "show", lambda _: pytest.fail("packed for nobody"))
    for _ in range(3):
        view.write(an_update())
    view.close()
    assert view._worker.failed is False


async def _close_code(url: str, **headers: str) -> int | None:
    async with aiohttp.ClientSession() as session, session.ws_connect(url, headers=headers) as viewer:
        await viewer.receive()
        return viewer.close_code


def test_a_wrong_token_sees_nothing() -> None:
    view = a_view(host="0.0.0.0")
    try:
        base = view.url.replace("THIS-MACHINE", "127.0.0.1").partition("#")[0]
        token = view.url.partition("#token=")[2]
        assert len(token) >= 12
        view.write(an_update())
        assert asyncio.run(_close_code(base + "live")) == WRONG_TOKEN
        assert asyncio.run(_close_code(base + "live?token=é" + token)) == WRONG_TOKEN
    finally:
        view.close()


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Host": "evil.example"}, {"Origin": "null"}],
)
def test_other_sites_are_refused(view: WebView, headers: dict[str, str]) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        asyncio.run(_close_code(view.url + "live", **headers))
    assert refused.value.status == 403


def test_a_page_of_our_own_is_let_in_by_any_name_of_this_machine(view: WebView) -> None:
    async def status(url: str) -> int:
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            return answer.status

    port = view.url.rstrip("/").rpartition(":")[2]
    assert asyncio.run(status(f"http://localhost:{port}/")) == 200
    assert asyncio.run(status(f"http://127.0.0.1:{port}/page/app.js")) == 200


def test_a_taken_port_is_one_line() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(InputError, match="another --web PORT"),
    ):
        a_view(port=taken.getsockname()[1])


def test_the_port_is_free_after_closing(view: WebView) -> None:
    port = int(view.url.rstrip("/").rpartition(":")[2])
    view.close()
    view.close()
    again = a_view(port=port)
    again.close()
