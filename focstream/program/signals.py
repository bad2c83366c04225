"""Ctrl-C and SIGTERM, from the first moment of a program to its last: one line and code 130.

It imports next to nothing, because it comes before everything that takes time to import.
"""

import atexit
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator

TYPE_CHECKING = False  # typing alone would take as long to import as all of this
if TYPE_CHECKING:
    from types import FrameType
    from typing import NoReturn, Self

INTERRUPTED = 130
"""Exit code after Ctrl-C or SIGTERM."""
GRACE_S = 1.0
"""A program lives no longer than this after a second signal, whatever it is waiting for."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class _Program:
    """What this program does at the next signal. Without a name this is no program, and nothing is done."""

    name = ""
    unwinds = False
    said = False
    watched = False
    waits = True


_program = _Program()
_before_leaving: list[Callable[[], None]] = []


def begin(name: str) -> None:
    """Take charge of the signals of this program, the first thing that it does; answer ``--version`` alone.

    Until `Unwinding` is entered nothing has been opened, and a signal ends the program at once.

    Parameters
    ----------
    name
        How the program is called.
    """
    _program.name = name
    for number in SIGNALS:
        signal.signal(number, _on_signal)
    atexit.register(_ignore)
    if sys.argv[1:] == ["--version"]:
        from focstream.version import __version__

        sys.exit(_printed(f"focstream {__version__}\n"))


def _printed(text: str) -> int:
    """Print all of it, and return the exit code; what cannot be printed is one line."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python would fail at it once more
        if isinstance(error, BrokenPipeError):
            return 0
        sys.stderr.write(f"{_program.name}: the standard output cannot be written ({error.strerror})\n")
        return 2
    return 0


def begin_worker() -> None:
    """Take charge in a process that works for a program: Ctrl-C is for that one, which then sends SIGTERM."""
    _program.name, _program.said = "worker", True
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _on_signal)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Let signals wait; processes that are started meanwhile let them wait until `begin_worker`."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Unwinding:
    """While entered, the first signal of a program raises KeyboardInterrupt, and any other ends it at once.

    Only one is ever raised: what is being closed because of it is not disturbed. None is raised in the middle
    of an import, see `unwind`. Does nothing where no program has begun.
    """

    def __enter__(self) -> "Self":
        if _program.name:
            _watch()
            _program.unwinds = True
        return self

    def __exit__(self, *_: object) -> None:
        _program.unwinds = False


def go_by(name: str) -> None:
    """Go by this name from here on, such as that of one command; nothing where no program has begun."""
    if _program.name:
        _program.name = name


def in_program() -> bool:
    """Return whether this process is a program that has begun, and not one that uses focstream."""
    return bool(_program.name)


def said() -> None:
    """Note that the user has read why the program ends."""
    _program.said = True


def do_not_wait() -> None:
    """Have the program end without waiting for its threads: one of them is stuck in a library."""
    _program.waits = not in_program()


def end(code: int) -> int:
    """Return the exit code of a program whose work is done; where it must not wait, end it."""
    if in_program() and not _program.waits:
        said()
        leave(code)
    return code


def before_leaving(clean: Callable[[], None]) -> None:
    """Have `clean` called when a program ends at once."""
    _before_leaving.append(clean)


def forget(clean: Callable[[], None]) -> None:
    """Call `clean` no more."""
    _before_leaving.remove(clean)


def leave(code: int = INTERRUPTED) -> "NoReturn":
    """End at once: nothing is waited for, but no unfinished file is left."""
    for clean in reversed(_before_leaving):
        with contextlib.suppress(Exception):
            clean()
    if not _program.said:
        line = f"{time.strftime('%H:%M:%S')} {_program.name}: interrupted\n"
        with contextlib.suppress(OSError):
            os.write(2, line.encode())
    os._exit(code)


def unwind(frame: "FrameType | None") -> "NoReturn":
    """Raise KeyboardInterrupt in a handler that was called in `frame`.

    In the middle of an import a program ends at once instead: packages print an exception that comes then,
    swallow it, or take it for a library that is missing.
    """
    if in_program() and _imports(frame):
        leave()
    raise KeyboardInterrupt


def _imports(frame: "FrameType | None") -> bool:
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False


def _on_signal(_number: int, frame: "FrameType | None") -> None:
    if not _program.unwinds:
        leave()
    _program.unwinds = False
    unwind(frame)


def _ignore() -> None:
    """Ignore signals from here on: the work is done, and Python would soon die of them."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _watch() -> None:
    """Start the thread by which a second signal ends the program, also from deep inside a library.

    Python runs handlers only between its own instructions; the pipe gets a byte for each signal at once.
    """
    import threading

    if _program.watched or threading.current_thread() is not threading.main_thread():
        return
    _program.watched = True
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    threading.Thread(target=_leave_in_time, args=(read_end,), name="signals", daemon=True).start()


def _leave_in_time(pipe: int) -> None:
    seen = 0
    while seen < 2:
        seen += sum(number in SIGNALS for number in os.read(pipe, 64))
    time.sleep(GRACE_S)
    leave()
