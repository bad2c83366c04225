"""The pro mode of Optotune's ICC-1C, ICC-4C and ECC-1C: byte-stuffed frames that read and write registers.

Source: Optotune's Python SDK for these controllers (2.0). A frame is 7E, then stuffed: 00, command, size of
the payload, payload, two CRC bytes (00 00, because checksums stay off as in the SDK); then 7E. Values are
big-endian.
"""

import struct
from dataclasses import dataclass

from capture.lenses.reply import ByteSource, RefusedError, ReplyError

FLAG, ESCAPE = 0x7E, 0x7D
SET, GET, SET_MODE, ERROR = 0x10, 0x11, 0x06, 0x80
MAX_PAYLOAD = 50

_FLIP = 0x20
_MAX_STUFFED = 2 * (MAX_PAYLOAD + 5)
_CRC_OFF = b"\0\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProMessage:
    """The content of one frame.

    Attributes
    ----------
    command
        Number of the command; 80 added in an error.
    payload
        At most 50 bytes.
    """

    command: int
    payload: bytes


def stuff(data: bytes) -> bytes:
    """Replace 7D by 7D 5D and 7E by 7D 5E."""
    return data.replace(b"\x7d", b"\x7d\x5d").replace(b"\x7e", b"\x7d\x5e")


def unstuff(data: bytes) -> bytes:
    """Undo `stuff`.

    Raises
    ------
    ReplyError
        When an escape is followed by something else, or a flag is inside.
    """
    out, escaped = bytearray(), False
    for byte in data:
        if byte == FLAG or (escaped and byte ^ _FLIP not in (FLAG, ESCAPE)):
            raise ReplyError(f"wrongly stuffed bytes {data.hex(' ')}")
        if escaped:
            out.append(byte ^ _FLIP)
        elif byte != ESCAPE:
            out.append(byte)
        escaped = byte == ESCAPE and not escaped
    if escaped:
        raise ReplyError(f"wrongly stuffed bytes {data.hex(' ')}")
    return bytes(out)


def encode(message: ProMessage) -> bytes:
    """Make a frame.

    Raises
    ------
    ValueError
        When the payload is too long.
    """
    if len(message.payload) > MAX_PAYLOAD:
        raise ValueError(f"a payload has at most {MAX_PAYLOAD} bytes, not {len(message.payload)}")
    body = bytes((0, message.command, len(message.payload))) + message.payload + _CRC_OFF
    return bytes((FLAG,)) + stuff(body) + bytes((FLAG,))


def decode(stuffed: bytes) -> ProMessage:
    """Read what is between two flags.

    Raises
    ------
    ReplyError
        When it is no message.
    """
    body = unstuff(stuffed)
    if len(body) < 5 or body[0] != 0 or len(body) != body[2] + 5 or body[2] > MAX_PAYLOAD:
        raise ReplyError(f"damaged answer {stuffed.hex(' ')}")
    return ProMessage(command=body[1], payload=body[3:-2])


def set_float(register: int, value: float) -> bytes:
    """Set a register that holds a number."""
    return encode(ProMessage(command=SET, payload=struct.pack(">Hf", register, value)))


def set_int(register: int, value: int) -> bytes:
    """Set a register that holds a whole number."""
    return encode(ProMessage(command=SET, payload=struct.pack(">Hi", register, value)))


def get(register: int) -> bytes:
    """Ask for a register."""
    return encode(ProMessage(command=GET, payload=struct.pack(">H", register)))


GO_SIMPLE = encode(ProMessage(command=SET_MODE, payload=b"\0\0"))
"""Back to simple mode."""


def read_message(source: ByteSource, *, command: int) -> ProMessage:
    """Read the answer to a command.

    Raises
    ------
    RefusedError
        When the controller reports an error.
    ReplyError
        When the answer is missing, damaged or another.
    """
    message = decode(_between_flags(source))
    if message.command == command | ERROR:
        raise RefusedError(f"it reports error {int.from_bytes(message.payload, 'big', signed=True)}")
    if message.command != command:
        raise ReplyError(f"an answer to command {message.command:02x} instead of {command:02x}")
    return message


def read_float(source: ByteSource) -> float:
    """Read the answer to `get` for a number; it may repeat the register before the value.

    Raises
    ------
    RefusedError, ReplyError
        The same cases as for `read_message`.
    """
    payload = read_message(source, command=GET).payload
    if len(payload) not in (4, 6):
        raise ReplyError(f"{payload.hex(' ')} is no value")
    return float(struct.unpack(">f", payload[-4:])[0])


def read_done(source: ByteSource) -> None:
    """Read the answer to a `set_float` or `set_int`.

    Raises
    ------
    RefusedError, ReplyError
        The same cases as for `read_message`.
    """
    read_message(source, command=SET)


def _between_flags(source: ByteSource) -> bytes:
    data = bytearray()
    for _ in range(_MAX_STUFFED + 2):
        byte = source.read(1)
        if not byte:
            raise ReplyError(f"only {data.hex(' ')} in time" if data else "no answer in time")
        if byte[0] == FLAG and len(data) > 1:
            return bytes(data[1:])
        if byte[0] == FLAG:  # the first, or the end of a frame whose beginning was lost
            data = bytearray(byte)
        elif not data:
            raise ReplyError(f"{byte.hex()} where a frame should begin")
        else:
            data += byte
    raise ReplyError("an answer without an end")
