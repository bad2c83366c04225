"""A file that a library writes by its path, with an eye on the disk.

Rerun does not say when a disk is full, and then waits for ever when it is to end. So it writes into a pipe,
and what comes out is written here: a full disk is noticed, and the rest of the pipe is emptied into nothing.
"""

import logging
import os
import threading
from pathlib import Path

from focstream.files.user_file import reason_of
from focstream.types import InputError

_log = logging.getLogger(__name__)

_PIECE_BYTES = 2**20
_ENDS_WITHIN_S = 10.0


class PipedFile:
    """Writes to `path` what is written to `inlet`.

    Parameters
    ----------
    path
        The file; replaced if it is there.
    option
        That named it, for messages.

    Attributes
    ----------
    inlet
        Path for the library, which is to open it once, before `opened` is called.

    Raises
    ------
    OSError
        When the file cannot be opened for writing.
    """

    def __init__(self, path: Path, *, option: str) -> None:
        self._path, self._option = path, option
        self._error: OSError | None = None
        self._emptied = threading.Event()
        self._file = path.open("wb", buffering=0)
        self._outlet, self._entry = os.pipe()
        self.inlet = f"/dev/fd/{self._entry}"
        self._thread = threading.Thread(target=self._run, name=f"writes {path.name}", daemon=True)
        self._thread.start()

    @staticmethod
    def is_possible() -> bool:
        """Whether the system has pipes with a path."""
        return Path("/dev/fd").is_dir()

    def opened(self) -> None:
        """Note that the library has opened the inlet: when it closes it, the file ends."""
        if self._entry >= 0:
            os.close(self._entry)
            self._entry = -1

    def close(self) -> None:
        """Wait until the library has closed the inlet and all is on the disk.

        Raises
        ------
        InputError
            When not all could be written.
        """
        self.opened()
        if not self._emptied.wait(_ENDS_WITHIN_S):
            raise InputError(f"{self._option} {self._path}: did not end; its last pictures are missing")
        self._thread.join()  # as long as the disk takes
        if self._error is not None:
            raise InputError(
                f"{self._option} {self._path}: cannot be written ({reason_of(self._error)}); it is not "
                "whole: make room there, or choose another file"
            )

    def _run(self) -> None:
        try:
            while piece := os.read(self._outlet, _PIECE_BYTES):
                self._write(piece)
            self._emptied.set()
            if self._error is None:
                os.fsync(self._file.fileno())
        except OSError as error:
            self._error = self._error or error
        finally:
            self._emptied.set()
            os.close(self._outlet)
            self._file.close()

    def _write(self, piece: bytes) -> None:
        """Write a piece; after a failure nothing more, while the pipe is emptied."""
        left = memoryview(piece)
        while left and self._error is None:
            try:
                left = left[self._file.write(left) :]
            except OSError as error:
                self._error = error
                _log.error(
                    "%s %s: cannot be written (%s); everything else goes on",
                    *(self._option, self._path, reason_of(error)),
                )
