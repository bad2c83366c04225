"""Peers that speak HTTP by hand, also badly."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from tests.publish.waiting import PATIENCE_S


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def ask(number: int, request: bytes) -> Answer:
    """Send `request` to a port of this machine, and read until the server closes."""
    with connected(number) as peer:
        peer.sendall(request)
        return read_answer(peer)


def get(number: int, path: str, *lines: str, host: str | None = "localhost") -> Answer:
    """GET with these further header lines."""
    head = [f"GET {path} HTTP/1.1", "Connection: close", *([] if host is None else [f"Host: {host}"]), *lines]
    return ask(number, "\r\n".join([*head, "", ""]).encode("latin-1"))


def read_answer(peer: socket.socket) -> Answer:
    head, _, body = read_to_the_end(peer).partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    fields = dict(line.split(": ", 1) for line in lines)
    return Answer(int(status.split()[1]), {name.lower(): value for name, value in fields.items()}, body)


def read_to_the_end(peer: socket.socket) -> bytes:
    return b"".join(iter(lambda: peer.recv(65_536), b""))


def connected(number: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", number), timeout=PATIENCE_S)


@contextmanager
def idle_peers(number: int, count: int) -> Iterator[list[socket.socket]]:
    """Connect and say nothing."""
    with ExitStack() as stack:
        yield [stack.enter_context(connected(number)) for _ in range(count)]
