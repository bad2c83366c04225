"""The ways in which clients misbehave, each with lowered bounds."""

import contextlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from random import Random

import zmq

from benchmarks.campaign.raw_peers import RawPeer, RawSubscriber, address_of, open_many

_MANY = 300  # connections, more than the descriptors that the program may open
_SUBSCRIPTIONS = 5_000
_NOTICES_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """Addresses of the running program."""

    depth: str
    page: str
    metrics: str


Act = Callable[[Targets, Random, ExitStack], None]
"""Misbehaves until the stack is left."""


def silence(targets: Targets, _random: Random, stack: ExitStack) -> None:
    """Unsubscribe what was never subscribed."""
    with contextlib.suppress(OSError):
        peer = stack.enter_context(RawSubscriber(targets.depth))
        peer.notify([b"\x00depth ", b"\x00", b"\x00depth"] * 20)


def subscribe_to_everything(targets: Targets, _random: Random, stack: ExitStack) -> None:
    """Subscribe to thousands of topics, and leave all of them."""
    with contextlib.suppress(OSError):
        peer = stack.enter_context(RawSubscriber(targets.depth))
        for first in range(0, _SUBSCRIPTIONS, _NOTICES_AT_ONCE):
            peer.notify(b"\x01depth %d" % number for number in range(first, first + _NOTICES_AT_ONCE))


def send_garbage(targets: Targets, random: Random, stack: ExitStack) -> None:
    """Send random bytes, half greetings, and messages that are too long to every port."""
    for endpoint in (targets.depth, targets.page, targets.metrics):
        for _ in range(5):
            with contextlib.suppress(OSError):
                stack.enter_context(RawPeer(endpoint)).send(random.randbytes(2_000))
    with contextlib.suppress(OSError):
        stack.enter_context(RawPeer(targets.depth)).send(b"\xff\x00\x00")
        stack.enter_context(RawSubscriber(targets.depth)).notify([b"\x01" + bytes(100_000)])


def stall_as_readers(targets: Targets, _random: Random, stack: ExitStack) -> None:
    """Subscribe and never read."""
    context = stack.enter_context(zmq.Context())
    for _ in range(10):
        reader = stack.enter_context(context.socket(zmq.SUB))
        reader.setsockopt(zmq.LINGER, 0)
        reader.setsockopt(zmq.RCVHWM, 1)
        reader.setsockopt(zmq.SUBSCRIBE, b"")
        reader.connect(targets.depth)


def crowd_the_stream(targets: Targets, _random: Random, stack: ExitStack) -> None:
    """Open connections to the depth stream and say nothing."""
    open_many(targets.depth, _MANY, stack)


def crowd_the_page(targets: Targets, _random: Random, stack: ExitStack) -> None:
    """Open connections to the page and say nothing."""
    open_many(targets.page, _MANY, stack)


def crowd_the_metrics(targets: Targets, _random: Random, stack: ExitStack) -> None:
    """Open connections to the metrics, with half a request."""
    open_many(targets.metrics, _MANY, stack, first=b"GET /metrics HTTP/1.1\r\n")


def stall_as_viewers(targets: Targets, _random: Random, stack: ExitStack) -> None:
    """Ask the page for maps and read none."""
    upgrade = _request(targets.page, "/live", b"Upgrade: websocket\r\nConnection: Upgrade\r\n" + _WEBSOCKET)
    for _ in range(20):
        with contextlib.suppress(OSError):
            viewer = stack.enter_context(RawPeer(targets.page))
            viewer.send(upgrade)
            viewer.send(_NEXT * 20)


def ask_badly(targets: Targets, _random: Random, _stack: ExitStack) -> None:
    """Ask page and metrics with hosts and origins that are none."""
    for endpoint, path in ((targets.page, "/"), (targets.page, "/live"), (targets.metrics, "/metrics")):
        for line in (
            b"Host: [::1",
            b"Host: a b",
            b"Host: \xff\xfe",
            b"Origin: http://[",
            b"Origin: http://x:y",
        ):
            with contextlib.suppress(OSError), RawPeer(endpoint) as peer:
                peer.send(b"GET %s HTTP/1.1\r\n%s\r\n\r\n" % (path.encode(), line))
                peer.receive(wait_s=0.5)


def come_and_go(targets: Targets, _random: Random, _stack: ExitStack) -> None:
    """Connect and hang up at once, again and again."""
    for endpoint in (targets.depth, targets.page, targets.metrics):
        for _ in range(100):
            with contextlib.suppress(OSError):
                RawPeer(endpoint).close()


ACTS: dict[str, Act] = {
    "unsubscribed for others": silence,
    "5,000 subscriptions": subscribe_to_everything,
    "garbage": send_garbage,
    "stalled readers": stall_as_readers,
    "crowd at the stream": crowd_the_stream,
    "crowd at the page": crowd_the_page,
    "crowd at the metrics": crowd_the_metrics,
    "stalled viewers": stall_as_viewers,
    "bad requests": ask_badly,
    "coming and going": come_and_go,
}

_WEBSOCKET = b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
_NEXT = b"\x81\x84\x00\x00\x00\x00next"  # a masked text frame


def _request(endpoint: str, path: str, lines: bytes) -> bytes:
    host, port = address_of(endpoint)
    return f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n".encode() + lines + b"\r\n"
