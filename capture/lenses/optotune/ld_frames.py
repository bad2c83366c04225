"""The frames of Optotune's Lens Driver 4 and 4i, as bytes.

Source: Optotune, "Lens Driver 4 manual" (2016) and "V4 communication protocol". To the driver: payload, CRC
low byte, CRC high byte; from it the same and CR LF. Values are big-endian. Commands that write the driver's
EEPROM (CwMA, CwUA, CwLA, Zw) and the one after which it must be reflashed (RESET) are left out on purpose.
"""

import struct
from collections.abc import Callable

from capture.lenses.optotune.crc16 import crc16_arc
from capture.lenses.reply import ByteSource, RefusedError, ReplyError, read_exactly

START = b"Start"
READY = b"Ready\r\n"
MAX_CODE = 4095
TEMPERATURE_STEP_C = 0.0625
NO_SENSOR = 4095
ERROR_SIZE = 6

_TAIL = 4  # CRC and CR LF
_LEADING_ERRORS = 4
_FOCAL_CODES_PER_DPT = 200
_ERRORS = {
    1: "it received a damaged command",
    2: "its firmware type does not have this command",
    3: "it does not know this command",
    4: "the lens does not fit its firmware",
}


def frame(payload: bytes) -> bytes:
    """Add the CRC to a command."""
    return payload + crc16_arc(payload).to_bytes(2, "little")


def set_current(code: int) -> bytes:
    """Drive the lens with code/4095 of the largest current; not answered."""
    return frame(b"Aw" + struct.pack(">h", code))


def set_focal_power(code: int) -> bytes:
    """Set the focal power, see `focal_code`; not answered."""
    return frame(b"PwDA" + struct.pack(">hxx", code))


def set_temperature_limits(lowest_c: float, highest_c: float) -> bytes:
    """Say at which temperatures focal powers must be reachable; answered with the range of focal powers."""
    return frame(b"PwTA" + struct.pack(">hh", round(highest_c * 16), round(lowest_c * 16)))


def current_code(current_ma: float, *, max_current_ma: float) -> int:
    """Code of a current, within ±4095."""
    return min(max(round(current_ma * MAX_CODE / max_current_ma), -MAX_CODE), MAX_CODE)


def focal_code(power_dpt: float, *, firmware: str) -> int:
    """Code of a focal power: 200 a dioptre, counted from −5 dpt by firmware type A, from 0 by the others."""
    return round((power_dpt + (5.0 if firmware == "A" else 0.0)) * _FOCAL_CODES_PER_DPT)


def focal_power_dpt(code: int, *, firmware: str) -> float:
    """Focal power of a code, the inverse of `focal_code`."""
    return code / _FOCAL_CODES_PER_DPT - (5.0 if firmware == "A" else 0.0)


def read_ready(source: ByteSource) -> None:
    """Read the answer to ``Start``, which has no CRC.

    Raises
    ------
    ReplyError
        When something else came.
    """
    answer = read_exactly(source, len(READY))
    if answer != READY:
        raise ReplyError(f"{answer.hex(' ')} instead of Ready")


def read_reply(
    source: ByteSource, *, prefix: bytes, size: int, late: Callable[[int], None] = lambda _: None
) -> bytes:
    """Read one answer of known length and return what is between its prefix and its CRC.

    An error frame before the answer belongs to a command before, because commands that set something are not
    answered: it is reported to `late`. An error frame instead of the answer is the answer.

    Parameters
    ----------
    prefix
        First bytes of the answer.
    size
        Length of the answer with CRC and CR LF.
    late
        Takes the error number of a command before.

    Raises
    ------
    RefusedError
        When the driver does not do what it was asked for.
    ReplyError
        When the answer is missing, damaged or another.
    """
    errors: list[int] = []
    while True:
        first = source.read(1)
        if first not in (b"E", b"N") or len(errors) == _LEADING_ERRORS:
            break
        errors.append(_read_error(first, source))
    if not first:
        raise refusal(errors[-1]) if errors else ReplyError("no answer in time")
    answer = first + read_exactly(source, size - len(first))
    for number in errors:
        late(number)
    if answer[-2:] != b"\r\n" or crc16_arc(answer[:-2]):
        raise ReplyError(f"damaged answer {answer.hex(' ')}")
    if not answer.startswith(prefix):
        raise ReplyError(f"{answer.hex(' ')} answers another question")
    return answer[len(prefix) : -_TAIL]


def errors_in(data: bytes) -> tuple[int, ...]:
    """Numbers of all error frames in bytes that nobody has read."""
    starts = [at for at in range(len(data) - ERROR_SIZE + 1) if data[at : at + 1] == b"E"]
    frames = (data[at : at + ERROR_SIZE] for at in starts)
    return tuple(_number(found[1]) for found in frames if found[4:] == b"\r\n" and not crc16_arc(found[:4]))


def refusal(number: int) -> RefusedError | ReplyError:
    """Make an exception of an error number; a damaged command may be sent again."""
    text = _ERRORS.get(number, f"error {number}")
    return ReplyError(text) if number == 1 else RefusedError(text)


def _read_error(first: bytes, source: ByteSource) -> int:
    if first == b"N":  # a bare N CR LF also means a damaged command
        rest = read_exactly(source, 2)
        if rest != b"\r\n":
            raise ReplyError(f"damaged answer {(first + rest).hex(' ')}")
        return 1
    found = first + read_exactly(source, ERROR_SIZE - 1)
    if found[4:] != b"\r\n" or crc16_arc(found[:4]):
        raise ReplyError(f"damaged answer {found.hex(' ')}")
    return _number(found[1])


def _number(byte: int) -> int:
    # The manual shows the number as a digit, drivers in the field send a byte.
    return byte - 0x30 if 0x30 <= byte <= 0x39 else byte
