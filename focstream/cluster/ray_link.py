"""The link of a program to its Ray process."""

import contextlib
import multiprocessing
import os
import re
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Self

from focstream.cluster.ray_messages import Assignment, Connecting, Done, Joined, Note, Stopped, Task
from focstream.cluster.ray_process import serve
from focstream.errors import InputError
from focstream.program import signals

Heard = Connecting | Joined | Done | Note | Stopped

_CLOSE_S = 30.0
_SHORT = "/tmp"  # the name of a socket has at most 107 letters
_LAST_BYTES = 4096
_RAYS_PLACE = re.compile(r"^\[.*?\] \S+:\d+: ")
"""When, where and in which line of its sources Ray says something."""


class RayLink:
    """Starts the Ray process when it is entered; when it is left, that process and a Ray of its own are gone.

    Attributes
    ----------
    folder
        Where a Ray of its own keeps sockets and logs.
    """

    def __init__(self) -> None:
        # A socket's whole name must be short, and that of the system's temporary folder may be long.
        place = None if sys.platform == "win32" else _SHORT
        self.folder = Path(tempfile.mkdtemp(prefix="focstream-", dir=place))
        self._log = self.folder / "printed.log"
        context = multiprocessing.get_context("spawn")  # forking a process with threads is not safe
        self._connection, self._other = context.Pipe()
        self._process = context.Process(target=serve, args=(self._other, self._log), name="ray", daemon=True)

    def tell(self, what: Assignment | Task | None) -> None:
        """Say something to it; None asks it to end.

        Raises
        ------
        InputError
            When it is gone.
        """
        try:
            self._connection.send(what)
        except OSError:
            raise self._gone() from None

    def hear(self, *, within_s: float | None = None) -> Heard | None:
        """Return what it says next; None when it says nothing for so long.

        Raises
        ------
        InputError
            When it is gone.
        """
        try:
            return self._connection.recv() if self._connection.poll(within_s) else None
        except (EOFError, OSError):
            raise self._gone() from None

    def wait_for_end(self) -> None:
        """Ask it to end in order, and wait for that, but not for ever."""
        with contextlib.suppress(InputError):
            self.tell(None)
            self._process.join(_CLOSE_S)

    def __enter__(self) -> Self:
        signals.before_leaving(self._end_now)
        try:
            with signals.held():
                self._process.start()
        except BaseException:
            self.__exit__()
            raise
        self._other.close()  # so that the end of that process is noticed
        return self

    def __exit__(self, *_: object) -> None:
        """End it, in mid-work if need be."""
        signals.forget(self._end_now)
        if self._process.pid is not None and self._process.is_alive():
            self._process.terminate()
            self._process.join(signals.GRACE_S)
        self._end_now()
        self._connection.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end_now(self) -> None:
        """Kill it, and what is left of its Ray, which is in its group."""
        if self._process.pid is None:
            return
        if hasattr(os, "killpg"):
            with contextlib.suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.join()

    def _gone(self) -> InputError:
        self._process.join(signals.GRACE_S)
        last = self._last_line()
        why = f" ({last})" if last else ""
        return InputError(f"--cluster: the process that talks to Ray ended{why}; is the cluster's head up?")

    def _last_line(self) -> str:
        try:
            with self._log.open("rb") as file:
                file.seek(max(self._log.stat().st_size - _LAST_BYTES, 0))
                lines = file.read().decode(errors="replace").strip().splitlines()
        except OSError:
            return ""
        return _RAYS_PLACE.sub("", lines[-1]).partition(". ")[0] if lines else ""
