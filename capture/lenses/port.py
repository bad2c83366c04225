"""One serial port, opened for a lens and nobody else."""

import time
from typing import TYPE_CHECKING, Self

from focstream.program.extras import need_extra
from focstream.types import DeviceLostError, DeviceNotFoundError, MissingPackageError

if TYPE_CHECKING:
    import serial

_QUIET_S = 0.03
_NEVER_QUIET_S = 1.0


def need_pyserial(what: str) -> None:
    """Check that serial ports can be opened.

    Raises
    ------
    MissingPackageError
        When pyserial is not installed; `what` needs it.
    """
    need_extra("serial", extra="lenses", what=what, error=MissingPackageError, package="pyserial")


class SerialPort:
    """A serial port at 8N1 without flow control. A context manager.

    Parameters
    ----------
    path
        Such as ``"/dev/ttyACM0"``, ``"COM3"`` or ``"socket://192.168.0.5:5000"`` (any URL of pyserial).
    lens
        Name of the lens, for messages.
    baud
        Bits a second.
    timeout_s
        How long a read waits for all its bytes, and a write for room.

    Raises
    ------
    DeviceNotFoundError
        On entering: when the port is not there, is in use, or may not be opened.
    MissingPackageError
        On entering: without pyserial.
    """

    def __init__(self, path: str, *, lens: str, baud: int, timeout_s: float = 0.2) -> None:
        self.lens = lens
        self._path = path
        self._baud = baud
        self._timeout_s = timeout_s
        self._serial: serial.Serial | None = None

    def write(self, data: bytes) -> None:
        """Send bytes.

        Raises
        ------
        DeviceLostError
            When the port is gone.
        """
        try:
            self._opened().write(data)
        except OSError as error:
            raise self._gone(error) from error

    def read(self, size: int, /) -> bytes:
        """Return `size` bytes, or those that came in time.

        Raises
        ------
        DeviceLostError
            When the port is gone.
        """
        try:
            return bytes(self._opened().read(size))
        except OSError as error:
            raise self._gone(error) from error

    def drain(self) -> bytes:
        """Return what has come already, without waiting.

        Raises
        ------
        DeviceLostError
            When the port is gone.
        """
        port, data = self._opened(), bytearray()
        try:
            while waiting := port.in_waiting:
                data += port.read(waiting)
        except OSError as error:
            raise self._gone(error) from error
        return bytes(data)

    def drain_until_quiet(self) -> bytes:
        """Return what comes until nothing has come for 30 ms; an answer that came too late is in it.

        Raises
        ------
        DeviceLostError
            When the port is gone, or never falls silent.
        """
        data, started_s = bytearray(), time.monotonic()
        while True:
            time.sleep(_QUIET_S)
            came = self.drain()
            data += came
            if not came:
                return bytes(data)
            if time.monotonic() - started_s > _NEVER_QUIET_S:
                raise DeviceLostError(
                    f"{self.lens} keeps sending what nobody asked for; is it another kind of device?"
                )

    def set_baud(self, baud: int) -> None:
        """Go on at another speed."""
        try:
            self._opened().baudrate = baud
        except (OSError, ValueError) as error:
            raise self._gone(error) from error

    def __enter__(self) -> Self:
        need_pyserial(f"the lens {self.lens}")
        import serial

        try:
            self._serial = serial.serial_for_url(
                self._path,
                baudrate=self._baud,
                timeout=self._timeout_s,
                write_timeout=max(self._timeout_s, 0.2),
                exclusive=True,
            )
        except ValueError as error:
            raise DeviceNotFoundError(f"{self.lens}: {self._path} cannot be opened: {error}") from error
        except OSError as error:
            raise DeviceNotFoundError(f"{self.lens}: {_why_not(self._path, error)}") from error
        return self

    def __exit__(self, *_: object) -> None:
        """Close; a port that is gone closes too."""
        port, self._serial = self._serial, None
        if port is not None:
            port.close()

    def _opened(self) -> "serial.Serial":
        if self._serial is None:
            raise RuntimeError(f"{self.lens} is not open: use it in a with statement")
        return self._serial

    def _gone(self, error: Exception) -> DeviceLostError:
        import serial

        if isinstance(error, serial.SerialTimeoutException):
            return DeviceLostError(f"{self.lens} takes no more commands; check its power, then start again")
        return DeviceLostError(f"{self.lens} is gone; check its cable, then start again")


def _why_not(path: str, error: OSError) -> str:
    """Say why a port did not open, and what to do; pyserial puts the cause into its text only."""
    text = str(error).lower()
    if "no such file" in text or "could not find" in text or "filenotfound" in text:
        return f"there is no port {path}; connect the lens, or see --list-lenses"
    if "exclusively lock" in text or "resource busy" in text:
        return f"{path} is in use; close the other program that has it"
    if "permission denied" in text or "permissionerror" in text:
        return (
            f"no permission for {path}; join the group dialout (sudo usermod -aG dialout $USER) and log in "
            "again, and close other programs that use it"
        )
    return f"{path} cannot be opened ({error}); see --list-lenses"
