"""A subscriber written by hand: it asks what libzmq never would."""

import socket

from tests.publish.wire.sockets import PATIENCE_S

_GREETING = b"\xff" + bytes(8) + b"\x7f" + b"\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
_READY = b"\x05READY\x0bSocket-Type\x00\x00\x00\x03SUB"


def tcp_connection(endpoint):
    host, port = endpoint.removeprefix("tcp://").rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=PATIENCE_S)


def was_ended(connection):
    """Wait until the other end closes a TCP connection; False when it does not."""
    try:
        while connection.recv(65_536):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        pass
    return True


class RawPeer:
    """Speaks ZMTP 3.0 (rfc.zeromq.org/spec/23) with a publisher at a TCP endpoint. A context manager.

    It connects again, once, when it is ended at once: what a connection asked that was ended for greed may
    still be counted against the next one, which has its number.
    """

    def __init__(self, endpoint):
        try:
            self._connect(endpoint)
        except (AssertionError, ConnectionError):
            self._connect(endpoint)

    def _connect(self, endpoint):
        self._socket = tcp_connection(endpoint)
        try:
            self._socket.sendall(_GREETING + bytes([4, len(_READY)]) + _READY)
            self.receive_until(b"XPUB")  # it is ready, too: before that it takes no message
        except BaseException:
            self._socket.close()
            raise

    def send(self, *messages):
        """Send each as a message of one short frame."""
        self._socket.sendall(b"".join(bytes([0, len(message)]) + message for message in messages))

    def receive_until(self, expected):
        """Wait until these bytes have come."""
        received = b""
        while expected not in received:
            got = self._socket.recv(65_536)
            assert got, "the publisher ended the connection"
            received += got

    def was_disconnected(self):
        """Wait until the publisher ends the connection."""
        return was_ended(self._socket)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()
