"""The address that a server listens at."""

import socket

from focstream.types import InputError


def listen(host: str, number: int, *, what: str, option: str) -> socket.socket:
    """Listen at `host`; port number 0 takes any free one.

    Parameters
    ----------
    what, option
        What is served and the option that asks for it, for the message.

    Raises
    ------
    InputError
        When the address cannot be listened at.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), number), family=family)
    except OSError as error:
        raise InputError(
            f"cannot serve {what} at {host}:{number}: {error.strerror or error}; choose another {option} "
            f"PORT or {option}-host"
        ) from error


def in_url(host: str) -> str:
    """Return `host` as a URL has it: a number of IPv6 in brackets."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
