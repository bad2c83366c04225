"""How an emulated Lens Driver 4 cuts what it receives into commands."""

from capture.lenses.optotune.crc16 import crc16_arc

START = b"Start"
_SIZES = {
    **dict.fromkeys((b"Aw", b"Ar", b"Or", b"Ow"), 6),
    **dict.fromkeys((b"MwDA", b"MwSA", b"MwQA", b"MwTA", b"MwAA", b"MwCA"), 6),
    b"MMA": 5,
    **dict.fromkeys((b"PwDA", b"PrDA", b"PwTA", b"PrTA", b"PwUA", b"PwLA", b"PwFA"), 10),
    **dict.fromkeys((b"CrMA", b"CwMA", b"CrUA", b"CrLA", b"CwUA", b"CwLA"), 8),
    b"TCA": 5,
    b"TA": 4,
    b"Sr": 4,
    **dict.fromkeys((b"H", b"F", b"J", b"V", b"X"), 3),
    b"IR": 12,
    b"GAA": 5,
    b"Zr": 5,
    b"Zw": 6,
    START: len(START),
}
"""Length of every command with its CRC, by what it begins with."""


def next_command(buffer: bytearray) -> bytes | None:
    """Take one command off the front of a buffer, with its CRC; None when none is complete.

    What is no command is taken off as one, up to the end.
    """
    for prefix, size in _SIZES.items():
        if buffer.startswith(prefix):
            return _taken(buffer, size) if len(buffer) >= size else None
    if any(prefix.startswith(buffer) for prefix in _SIZES):
        return None
    return _taken(buffer, len(buffer))


def is_known(command: bytes) -> bool:
    """Whether it begins as a command does."""
    return any(command.startswith(prefix) for prefix in _SIZES)


def is_sound(command: bytes) -> bool:
    """Whether its CRC is right; ``Start`` has none."""
    return command == START or crc16_arc(command) == 0


def _taken(buffer: bytearray, size: int) -> bytes:
    command = bytes(buffer[:size])
    del buffer[:size]
    return command
