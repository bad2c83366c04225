"""Liquid lenses on Corning Varioptic's USB-M Flexiboard, set in volts."""

import logging
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from capture.lens import LensInfo
from capture.lenses import varioptic_frames as frames
from capture.lenses.exchange import Exchange
from capture.lenses.periodic import Periodic
from capture.lenses.port import SerialPort
from capture.lenses.setup import LensSetup
from focstream.types import DeviceLostError, DeviceNotFoundError

_log = logging.getLogger(__name__)
_BAUD = 57_600


class Varioptic:
    """A `Lens` on a Flexiboard. It tells no temperature; once a second its faults are looked at.

    Parameters
    ----------
    path
        Serial port.
    setup
        Its name and what its drive (V rms) means, which differs from lens to lens and must be calibrated.

    Raises
    ------
    DeviceNotFoundError
        On entering: when the port cannot be opened, or no such board answers on it.
    """

    def __init__(self, path: str, *, setup: LensSetup) -> None:
        self._setup = setup
        self._port = SerialPort(path, lens=setup.name, baud=_BAUD)
        self._exchange = Exchange(self._port)
        self._info: LensInfo | None = None
        self._faults = 0
        self._check = Periodic()
        self._open = ExitStack()

    @property
    def info(self) -> LensInfo:
        """What is known of the open lens."""
        if self._info is None:
            raise RuntimeError(f"{self._setup.name} is not open: use it in a with statement")
        return self._info

    @property
    def exchange(self) -> Exchange:
        """The traffic with the board."""
        return self._exchange

    def move(self, focus_dpt: float) -> None:
        """Ask for an object-side vergence (dioptres) and return when the board has confirmed it.

        Raises
        ------
        InputError
            When the lens cannot focus there.
        DeviceLostError
            When the board stopped answering.
        """
        voltage_v = self._setup.drive_within(self.info, focus_dpt)
        self._exchange.ask(frames.focus_frame(voltage_v), frames.read_acknowledge)

    def temperature_c(self) -> float | None:
        """Nothing: the board has no thermometer. Its faults are reported here, once a second."""
        if self._check.due():
            self._watch(self._registers(frames.FAULT, 1)[0])
        return None

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            opening.enter_context(self._port)
            try:
                self._registers(frames.FOCUS, 2)
                opening.callback(self._close)
                # A new board listens to its analog input, and one that we closed stands by.
                self._write_mode(0)
            except DeviceLostError as error:
                raise DeviceNotFoundError(f"no Varioptic Flexiboard answers: {error}") from error
            self._info = self._setup.info(lowest=frames.LOWEST_V, highest=frames.voltage_v(frames.MAX_CODE))
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put the lens on standby and close."""
        self._open.__exit__(kind, error, trace)

    def _registers(self, register: int, count: int) -> bytes:
        question = frames.read_frame(register, count)
        return self._exchange.ask(question, lambda source: frames.read_registers(source, count))

    def _write_mode(self, mode: int) -> None:
        self._exchange.ask(frames.write_frame(frames.MODE, bytes((mode,))), frames.read_acknowledge)

    def _watch(self, faults: int) -> None:
        """Report what is new in the fault register, once."""
        new, self._faults = faults & ~self._faults, faults
        for bit, text in frames.FAULTS.items():
            if new & bit:
                _log.warning("%s reports: %s", self._setup.name, text)

    def _close(self) -> None:
        self._info = None
        try:
            self._write_mode(frames.MODE_STANDBY)
        except DeviceLostError as error:
            _log.warning("%s could not be put on standby: %s", self._setup.name, error)
