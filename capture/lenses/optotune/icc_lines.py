"""The simple mode of Optotune's ICC-1C, ICC-4C and ECC-1C: commands and answers as lines of text.

Source: Optotune's Python SDK for these controllers (2.0) and public drivers. Lines end with CR LF; upper and
lower case are the same.
"""

import re

from capture.lenses.reply import ByteSource, RefusedError, ReplyError

END = b"\r\n"
MAX_LINE = 64

_NUMBER = re.compile(r"[-+]?\d+(\.\d*)?([eE][-+]?\d+)?")
_REFUSALS = {"OL": "that is below its limit", "OU": "that is above its limit", "ERROR": "it reports an error"}


def line(command: str) -> bytes:
    """Make the bytes of a command."""
    return command.encode("ascii") + END


def read_line(source: ByteSource) -> str:
    """Read one answer without its line end.

    Raises
    ------
    ReplyError
        When no whole line came in time, it is too long, or it is not text.
    """
    data = bytearray()
    while not data.endswith(END):
        byte = source.read(1)
        if not byte:
            raise ReplyError(f"only {data.hex(' ')} in time" if data else "no answer in time")
        data += byte
        if len(data) > MAX_LINE:
            raise ReplyError(f"an answer of more than {MAX_LINE} bytes")
    if not all(0x20 <= byte < 0x7F for byte in data[:-2]):
        raise ReplyError(f"damaged answer {data.hex(' ')}")
    return data[:-2].decode("ascii")


def read_ok(source: ByteSource) -> None:
    """Read the answer to a command that sets something.

    Raises
    ------
    RefusedError
        When the value is outside the limits.
    ReplyError
        When the controller did not know the command (it may have been damaged), or answered otherwise.
    """
    answer = read_line(source)
    if answer in _REFUSALS:
        raise RefusedError(_REFUSALS[answer])
    if answer != "OK":
        raise ReplyError(f"answer {answer!r} instead of OK")


def read_number(source: ByteSource) -> float:
    """Read the answer to a command that asks for a number.

    Raises
    ------
    RefusedError, ReplyError
        The same cases as for `read_ok`.
    """
    answer = read_line(source)
    if answer in _REFUSALS:
        raise RefusedError(_REFUSALS[answer])
    if _NUMBER.fullmatch(answer) is None:
        raise ReplyError(f"answer {answer!r} instead of a number")
    return float(answer)
