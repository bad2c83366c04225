"""Peers that do what no library would let them do: raw bytes on a connection."""

import contextlib
import socket
import struct
import time
from collections.abc import Iterable
from typing import Self
from urllib.parse import urlsplit

_GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
_READY = b"\x05READY\x0bSocket-Type\x00\x00\x00\x03SUB"
_LONGEST_SHORT = 255


def address_of(endpoint: str) -> tuple[str, int]:
    """Return host and port of ``tcp://HOST:PORT`` or ``http://HOST:PORT/…``."""
    parts = urlsplit(endpoint)
    return parts.hostname or "127.0.0.1", parts.port or 80


class RawPeer:
    """A TCP connection that sends whatever bytes it is told. A context manager; never waits for long.

    Parameters
    ----------
    endpoint
        Address of a stream or a page.
    """

    def __init__(self, endpoint: str) -> None:
        self._socket = socket.create_connection(address_of(endpoint), timeout=5.0)

    def send(self, data: bytes) -> bool:
        """Send; False when the other side does not take it, or has hung up."""
        try:
            self._socket.sendall(data)
        except OSError:
            return False
        return True

    def receive(self, *, wait_s: float = 2.0) -> bytes:
        """Return what comes next; nothing when the other side is silent, or has hung up."""
        self._socket.settimeout(wait_s)
        try:
            return self._socket.recv(65_536)
        except OSError:
            return b""

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class RawSubscriber(RawPeer):
    """A peer that speaks as much of ZMTP 3.0 as a subscriber needs, and sends notices of its own choice."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(endpoint)
        self.send(_GREETING)
        self.receive()
        self.send(frame(_READY, command=True))
        time.sleep(0.05)  # the other side's READY need not be read

    def notify(self, notices: Iterable[bytes]) -> bool:
        """Send these notices in one go: 1 or 0, then the topic."""
        return self.send(b"".join(frame(notice) for notice in notices))


def frame(content: bytes, *, command: bool = False) -> bytes:
    """Return a ZMTP frame."""
    flags = 4 * command
    if len(content) <= _LONGEST_SHORT:
        return bytes((flags, len(content))) + content
    return bytes((flags | 2,)) + struct.pack(">Q", len(content)) + content


def open_many(endpoint: str, count: int, stack: contextlib.ExitStack, *, first: bytes = b"") -> int:
    """Open connections that send `first` and nothing more; return how many could be opened."""
    opened = 0
    for _ in range(count):
        try:
            peer = stack.enter_context(RawPeer(endpoint))
        except OSError:  # refused: the other side has had enough
            continue
        peer.send(first)
        opened += 1
    return opened
