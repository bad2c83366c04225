"""Which ZeroMQ addresses we take, and which of them only this machine can reach."""

import re

import zmq

from focstream.types import InputError
from publish.loopback import is_loopback

_TCP = re.compile(r"tcp://(?P<host>\[[^\[\]]+\]|[^:\[\]/]+):(?P<port>\*|\d{1,5})")
_IPC = re.compile(r"ipc://.+")
_MAX_PORT = 65_535


def check_endpoint(endpoint: str) -> None:
    """Raise InputError unless `endpoint` is ``tcp://HOST:PORT`` or ``ipc://PATH``."""
    tcp = _TCP.fullmatch(endpoint)
    port_fits = tcp is not None and (tcp["port"] == "*" or int(tcp["port"]) <= _MAX_PORT)
    if not port_fits and not _IPC.fullmatch(endpoint):
        raise InputError(
            f"{endpoint!r} is not an address; give tcp://HOST:PORT such as tcp://127.0.0.1:5556, "
            f"or ipc://PATH"
        )


def is_local(endpoint: str) -> bool:
    """Whether only this machine can reach a checked `endpoint`."""
    tcp = _TCP.fullmatch(endpoint)
    return tcp is None or is_loopback(tcp["host"])


def is_ipv6(endpoint: str) -> bool:
    """Whether `endpoint` is written with a bracketed IPv6 host."""
    return endpoint.startswith("tcp://[")


def cannot_bind(endpoint: str, *, topic: str, error: zmq.ZMQError) -> InputError:
    """Explain why a stream cannot be published at `endpoint`."""
    flag = f"--publish.{topic}"
    if error.errno == zmq.EADDRINUSE:
        cause = "the port is in use, by another program or another stream"
        remedy = f"stop it, or choose another port with {flag}, or {flag} tcp://127.0.0.1:* for any free one"
    else:
        cause = str(error.strerror)
        remedy = f"give {flag} a numeric address of this machine, such as tcp://127.0.0.1:5556"
    return InputError(f"cannot publish {topic} at {endpoint}: {cause}; {remedy}")
