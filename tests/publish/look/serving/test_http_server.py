"""A server that stays up, quick and quiet, whatever its peers do."""

import asyncio
import logging
import time

import pytest

pytest.importorskip("aiohttp", reason='needs aiohttp: pip install "focstream[web]"')
import aiohttp
from aiohttp import web

from calibration.apply.confidence import Confidence
from publish.connections import Port
from publish.look.serving.headers import HEADERS
from publish.look.serving.http_server import HttpServer
from publish.look.serving.listening import listen
from publish.look.serving.site_guard import SiteGuard
from publish.look.web.hub import Hub, new_socket
from publish.look.web.packet import Shown
from publish.notices import Notices
from tests.publish.look.serving.peers import (
    ask,
    connected,
    get,
    idle_peers,
    read_answer,
)
from tests.publish.waiting import is_cut_off, wait_until
from tests.updates import make_update

LARGE = bytes(16 * 2**20)  # more than the sockets' buffers take
LOG = logging.getLogger("tests.serving")


async def _hello(_request: web.Request) -> web.Response:
    return web.Response(text="hello")


async def _large(_request: web.Request) -> web.Response:
    return web.Response(body=LARGE)


async def _broken(_request: web.Request) -> web.Response:
    raise RuntimeError("of our own")


class Serving:
    def __init__(self, *, most: int = 8, local_only: bool = True, patience_s: float = 30.0) -> None:
        self.hub = Hub(on_join=lambda: None, news=lambda: None, confidence=Confidence())
        self.port = Port("page", most=most)
        notices = Notices(LOG)
        routes = {"/": _hello, "/large": _large, "/broken": _broken, "/live": self._live}
        self.server = HttpServer(
            [web.get(path, handler) for path, handler in routes.items()],
            listener=listen("127.0.0.1", 0, what="tests", option="--test"),
            port=self.port,
            guard=SiteGuard(local_only=local_only, notices=notices),
            notices=notices,
            patience_s=patience_s,
        )
        self.number = self.server.number

    async def _live(self, request: web.Request) -> web.WebSocketResponse:
        answer = new_socket()
        await answer.prepare(request)
        await self.hub.serve(answer)
        return answer

    def __enter__(self) -> "Serving":
        return self

    def __exit__(self, *_: object) -> None:
        self.server.close()


@pytest.fixture
def serving():
    with Serving() as opened:
        yield opened


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 200),
        (b"GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 404),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 405),
        (b"GET /live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 403),
        (b"GET / HTTP/1.1\r\nHost: [::1\r\nConnection: close\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nExpect: what\r\nConnection: close\r\n\r\n", 417),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 9_000 + b"\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + b"X: x\r\n" * 200 + b"\r\n", 400),
        (b"no HTTP at all\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00", 400),
        (b"GET /broken HTTP/1.1\r\nHost: localhost\r\n\r\n", 500),
    ],
)
def test_every_answer_carries_the_headers_and_no_version(
    serving: Serving, request_: bytes, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    answer = ask(serving.number, request_)
    assert answer.status == status
    assert {name: answer.headers.get(name.lower()) for name in HEADERS} == HEADERS
    assert answer.headers["server"] == "focstream"
    for record in caplog.records:
        assert record.exc_info is None
        assert "\n" not in record.getMessage()


@pytest.mark.parametrize(
    "line",
    [
        *(
            "Host: [::1",
            "Host: [g::1]",
            "Host: a/b",
            "Host: a@b",
            "Host: ",
            "Host: localhost:x",
            "Host: \u00b5",
        ),
        *("Origin: http://[", "Origin: http://[zz]:1", "Origin: x", "Origin: http://a b"),
    ],
)
def test_a_malformed_host_or_origin_is_one_line(line: str, caplog: pytest.LogCaptureFixture) -> None:
    with Serving(local_only=False) as serving:
        host = None if line.startswith("Host") else "localhost"
        for _ in range(3):
            assert get(serving.number, "/", line, host=host).status == 400
    (record,) = (record for record in caplog.records if record.levelno >= logging.WARNING)
    assert "refused a request from 127.0.0.1 with" in record.getMessage()


def test_host_is_asked_for_exactly_once(serving: Serving) -> None:
    assert get(serving.number, "/", host=None).status == 400
    assert get(serving.number, "/", "Host: localhost").status == 400


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST:80"])
def test_this_machine_is_known_by_all_its_names(serving: Serving, host: str) -> None:
    assert get(serving.number, "/", f"Origin: http://{host}".casefold(), host=host).status == 200


def test_connections_are_bounded_and_the_newest_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    with Serving(most=4) as serving:
        with connected(serving.number) as working, idle_peers(serving.number, 3):
            for _ in range(5):
                with connected(serving.number) as newest:
                    assert read_answer(newest).status == 503
            working.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert read_answer(working).status == 200
            assert serving.port.refused == 5
        wait_until(lambda: not serving.port.open)  # the server takes a moment to see that they have gone
        assert get(serving.number, "/").status == 200
    refusals = [record.getMessage() for record in caplog.records if "refuse" in record.getMessage()]
    assert refusals == [
        "the port for page has 4 connections, the most it takes: new ones are refused until one ends; "
        "further ones are only counted",
        "the port for page refused 5 connections",
    ]


def test_who_asks_for_nothing_is_dropped() -> None:
    with Serving(patience_s=0.2) as serving, connected(serving.number) as silent:
        with connected(serving.number) as slow:
            slow.sendall(b"GET / HTTP/1.1\r\nHost: loc")
            assert is_cut_off(slow)
        assert is_cut_off(silent)


def test_who_takes_nothing_of_a_large_answer_is_dropped() -> None:
    with Serving(patience_s=0.2) as serving, connected(serving.number) as stalled:
        stalled.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_until(lambda: serving.port.open)
        wait_until(lambda: not serving.port.open)
        assert is_cut_off(stalled)


def test_who_takes_a_large_answer_slowly_gets_all_of_it() -> None:
    with Serving(patience_s=2.0) as serving, connected(serving.number) as slow:
        slow.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        with slow.makefile("rb") as file:
            head = iter(file.readline, b"\r\n")
            assert next(head).startswith(b"HTTP/1.1 200")
            assert list(head)
            for _ in range(16):  # altogether longer than the patience for one that takes nothing
                assert len(file.read(2**20)) == 2**20
                time.sleep(0.2)
            assert file.read() == b""


def test_stalled_viewers_are_dropped_and_others_are_not() -> None:
    async def look(url: str, hub: Hub, show) -> None:
        async with aiohttp.ClientSession() as session:
            stalled = [await session.ws_connect(url) for _ in range(3)]
            for viewer in stalled:
                await viewer.send_str("next")  # and never read
            reader = await session.ws_connect(url, max_msg_size=0)
            while len(hub) < 4:
                await asyncio.sleep(0.01)
            show(LARGE)
            while len(hub) > 1:
                await reader.send_str("next")
                assert await reader.receive_bytes() == LARGE
                show(LARGE)
            await reader.close()
            for viewer in stalled:
                await viewer.close()

    with Serving(patience_s=1.0) as serving:
        shown = Shown(update=make_update(), seq=0, slots=())
        show = lambda packet: serving.server.call(serving.hub.show, packet, shown)  # noqa: E731
        look_ = look(f"http://127.0.0.1:{serving.number}/live", serving.hub, show)
        asyncio.run(asyncio.wait_for(look_, 60))


def test_a_stalled_peer_does_not_hold_up_the_end() -> None:
    with Serving(patience_s=600.0) as serving, connected(serving.number) as stalled:
        stalled.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_until(lambda: serving.port.open)
        serving.server.close()
        assert is_cut_off(stalled)
