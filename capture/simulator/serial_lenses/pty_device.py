"""A pseudo-terminal with an emulated controller at its far end."""

import errno
import os
import select
import sys
from contextlib import ExitStack
from threading import Thread
from types import TracebackType
from typing import Self

from capture.simulator.serial_lenses.faults import Faults
from capture.simulator.serial_lenses.firmware import Firmware
from focstream.types import DeviceNotFoundError

_CHUNK = 4096


class PtyDevice:
    """Runs a `Firmware` in a thread of its own, behind a path that any program can open as a serial port.

    Parameters
    ----------
    firmware
        Answers.
    faults
        What goes wrong.

    Raises
    ------
    DeviceNotFoundError
        On entering: on systems without pseudo-terminals.
    """

    def __init__(self, firmware: Firmware, *, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self._firmware = firmware
        self._path = ""
        self._near = self._far = -1
        self._wake_read = self._wake_write = -1
        self._thread: Thread | None = None
        self._open = ExitStack()

    @property
    def path(self) -> str:
        """What to open as a serial port."""
        return self._path

    def unplug(self) -> None:
        """Pull the plug: a program that has the port open finds it gone. Safe to call twice."""
        if self._thread is not None:
            os.write(self._wake_write, b"x")
            self._thread.join()
            self._thread = None

    def __enter__(self) -> Self:
        if sys.platform == "win32":
            raise DeviceNotFoundError("emulated lenses need pseudo-terminals: use Linux or macOS")
        import pty
        import tty

        with ExitStack() as opening:
            self._near, self._far = pty.openpty()
            opening.callback(self._close_ends)
            tty.setraw(self._far)
            self._path = os.ttyname(self._far)
            self._wake_read, self._wake_write = os.pipe()
            opening.callback(os.close, self._wake_read)
            opening.callback(os.close, self._wake_write)
            self._thread = Thread(target=self._run, name="emulated-lens", daemon=True)
            self._thread.start()
            opening.callback(self.unplug)
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Pull the plug and free the terminal."""
        self._open.__exit__(kind, error, trace)

    def _run(self) -> None:
        while True:
            ready, _, _ = select.select([self._near, self._wake_read], [], [], self._firmware.tick())
            if self._wake_read in ready or (self._near in ready and not self._serve()):
                break
        self._close_ends()

    def _serve(self) -> bool:
        """Take what arrived and answer; False once the plug is pulled."""
        try:
            data = os.read(self._near, _CHUNK)
        except OSError as error:
            if error.errno == errno.EIO:
                return False
            raise
        if self.faults.unplugged():
            return False
        for reply in self._firmware.feed(data):
            spoiled = self.faults.spoil(reply, error=self._firmware.late_error())
            while spoiled:
                spoiled = spoiled[os.write(self._near, spoiled) :]
        return True

    def _close_ends(self) -> None:
        ends, (self._near, self._far) = (self._near, self._far), (-1, -1)
        for end in ends:
            if end >= 0:
                os.close(end)
