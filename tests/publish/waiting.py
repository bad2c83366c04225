"""Waits for what another thread or process does."""

import socket
import time
from collections.abc import Callable

PATIENCE_S = 30.0


def wait_until(condition: Callable[[], object]) -> None:
    give_up_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up_s
        time.sleep(0.01)


def is_cut_off(peer: socket.socket) -> bool:
    """Wait until the other side has ended the connection, whatever it sends before."""
    try:
        while peer.recv(65_536):
            pass
    except ConnectionError:
        pass
    return True
