"""Which ZeroMQ addresses we take, and which of them only this machine can reach."""

import re
import socket
import stat
from pathlib import Path

import zmq

from focstream.types import InputError
from publish.loopback import is_loopback

_TCP = re.compile(r"tcp://(?P<host>\[[^\[\]]+\]|[^:\[\]/]+):(?P<port>\*|\d{1,5})")
_IPC = re.compile(r"ipc://.+")
_FILE = "ipc://"
_MAX_PORT = 65_535
_ANSWER_S = 1.0


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


def check_free(endpoint: str, *, topic: str) -> None:
    """Raise InputError when a file is at an ``ipc://PATH`` where `topic` is to be published.

    To bind there, libzmq deletes whatever it finds. Only a socket that its program left behind may go.
    """
    if not endpoint.startswith(_FILE) or endpoint[len(_FILE)] in "@*":  # these make no file at a given path
        return
    path = Path(endpoint.removeprefix(_FILE))
    try:
        found = path.lstat().st_mode
    except OSError:  # nothing is there; or binding explains what is wrong with the folder
        return
    if not stat.S_ISSOCK(found):
        raise InputError(
            f"cannot publish {topic} at {endpoint}: {path} is there, is no socket, and is not replaced; "
            f"choose another path with --publish.{topic}"
        )
    if _is_listened_to(path):
        raise cannot_bind(endpoint, topic=topic, error=zmq.ZMQError(zmq.EADDRINUSE))


def _is_listened_to(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.settimeout(_ANSWER_S)
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:  # of another kind, or not ours to ask: somebody's
            return True
    return True


def cannot_bind(endpoint: str, *, topic: str, error: zmq.ZMQError) -> InputError:
    """Explain why a stream cannot be published at `endpoint`."""
    flag = f"--publish.{topic}"
    if error.errno == zmq.EADDRINUSE:
        cause = "the port or path is in use, by another program or another stream"
        remedy = f"stop it, or choose another with {flag}, or {flag} tcp://127.0.0.1:* for any free port"
    else:
        cause = str(error.strerror)
        remedy = f"give {flag} a numeric address of this machine, such as tcp://127.0.0.1:5556"
    return InputError(f"cannot publish {topic} at {endpoint}: {cause}; {remedy}")
