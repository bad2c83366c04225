"""The frames of Corning Varioptic's USB-M Flexiboard, as bytes.

Source: Varioptic, "USB-M Flexiboard user guide" (190118). Every frame begins with 02 and ends with the sum of
all its bytes before, modulo 256. Bit 0 of the control register would save to the EEPROM: that register is
never written.
"""

from capture.lenses.reply import ByteSource, ReplyError, read_exactly

FOCUS = 0x00
"""First of two registers: focus low byte, high byte. The output changes when the high byte is written."""
MODE = 0x03
MODE_STANDBY = 0x01
MODE_ANALOG = 0x02
FAULT = 0x0A
FAULTS = {1: "overload", 2: "no response of the lens", 4: "too hot"}
MAX_CODE = 0xB3B0
LOWEST_V, STEP_V = 24.0, 0.001
MAX_REGISTERS = 12

STX, WRITE, READ, ACK, NACK = 0x02, 0x37, 0x38, 0x06, 0x15


def sum8(data: bytes) -> int:
    """Sum of all bytes, modulo 256."""
    return sum(data) & 0xFF


def write_frame(register: int, values: bytes) -> bytes:
    """Write registers from `register` on.

    Raises
    ------
    ValueError
        When that is none, or more than 12.
    """
    if not 1 <= len(values) <= MAX_REGISTERS:
        raise ValueError(f"1 to {MAX_REGISTERS} registers can be written at once, not {len(values)}")
    return _summed(bytes((STX, WRITE, register, len(values))) + values)


def read_frame(register: int, count: int) -> bytes:
    """Ask for `count` registers from `register` on."""
    return _summed(bytes((STX, READ, register, count)))


def focus_frame(voltage_v: float) -> bytes:
    """Set the voltage (V rms); both registers in one frame, so that the lens moves once."""
    return write_frame(FOCUS, voltage_code(voltage_v).to_bytes(2, "little"))


def voltage_code(voltage_v: float) -> int:
    """Code of a voltage: 24 V + 0.001 V · code, up to 70 V."""
    return min(max(round((voltage_v - LOWEST_V) / STEP_V), 0), MAX_CODE)


def voltage_v(code: int) -> float:
    """Voltage of a code."""
    return LOWEST_V + STEP_V * code


def read_acknowledge(source: ByteSource) -> None:
    """Read the answer to a write.

    Raises
    ------
    ReplyError
        When the board did not take it, or the answer is damaged.
    """
    answer = read_exactly(source, 4)
    if answer[:2] != bytes((STX, WRITE)):
        raise ReplyError(f"{answer.hex(' ')} answers another command")
    if answer[2] == NACK:  # the guide prints another sum here than it should be: not looked at
        raise ReplyError("the board did not take the command")
    if answer[2] != ACK or answer[3] != sum8(answer[:3]):
        raise ReplyError(f"damaged answer {answer.hex(' ')}")


def read_registers(source: ByteSource, count: int) -> bytes:
    """Read the values of `count` registers.

    A refusal is shorter than the answer to all but a single register; there 15 may be either, and counts as
    refusal (no register that is read alone has that value).

    Raises
    ------
    ReplyError
        When the board refused, or the answer is missing or damaged.
    """
    answer = source.read(count + 3)
    if len(answer) == 4 and answer[:3] == bytes((STX, READ, NACK)):
        raise ReplyError("the board did not take the question")
    if len(answer) < count + 3:
        raise ReplyError(
            f"only {answer.hex(' ')} of {count + 3} bytes in time" if answer else "no answer in time"
        )
    if answer[:2] != bytes((STX, READ)) or answer[-1] != sum8(answer[:-1]):
        raise ReplyError(f"damaged answer {answer.hex(' ')}")
    return answer[2:-1]


def _summed(data: bytes) -> bytes:
    return data + bytes((sum8(data),))
