"""The process that talks to Ray for a program: what Ray prints, and how it dies, stays in here."""

import os
import shutil
import threading
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue

from focstream.cluster.ray_connect import connect
from focstream.cluster.ray_messages import Assignment, Connecting, Joined, Stopped, Task
from focstream.cluster.ray_workers import Event, RayWorkers
from focstream.program import signals

_LEAVE_S = 10.0
"""How long this process lives on when the program is gone: Ray needs a while to end its own."""


def serve(connection: Connection, log: Path) -> None:
    """Take an `Assignment`, then tasks; None, or the end of the program, ends it.

    Parameters
    ----------
    connection
        To the program.
    log
        File that takes all that is printed; its folder goes where the program cannot remove it any more.
    """
    if hasattr(os, "setsid"):
        os.setsid()  # Ctrl-C in a terminal is for the program; and it can end this group as one
    signals.begin_worker()
    _print_to(log)
    assignment: Assignment = connection.recv()
    inbox = _Inbox(connection)
    inbox.start()
    try:
        import ray  # noqa: F401  # takes a second or more, on a loaded computer

        connection.send(Connecting())
        count = connect(assignment.cluster)
    except Exception as error:  # noqa: BLE001  # Ray raises what it likes
        connection.send(Stopped(why=_in_words(error)))
        return
    try:
        _play(assignment, count, inbox)
    finally:
        if inbox.is_orphan:
            shutil.rmtree(log.parent, ignore_errors=True)


def _play(assignment: Assignment, count: int, inbox: "_Inbox") -> None:
    import ray

    try:
        inbox.connection.send(Joined(workers=count))
        workers = RayWorkers(assignment, count, events=inbox.events, say=inbox.connection.send)
        while not inbox.ended:
            workers.step()
        workers.close()
    finally:
        ray.shutdown()


class _Inbox(threading.Thread):
    """Takes tasks from the program, and notes when there are no more; from the first moment on."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(name="tasks", daemon=True)
        self.connection = connection
        self.events: SimpleQueue[Event] = SimpleQueue()
        self.ended = False
        self.is_orphan = False

    def run(self) -> None:
        """Read until the end."""
        try:
            while (task := self.connection.recv()) is not None:
                self.events.put(_giving(task))
        except (EOFError, OSError):  # the program is gone
            self.is_orphan = True
            threading.Timer(_LEAVE_S, os._exit, (1,)).start()
        self.ended = True
        self.events.put(lambda _: None)


def _giving(task: Task) -> Event:
    return lambda workers: workers.give(task)


def _print_to(log: Path) -> None:
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(file, stream)
    os.close(file)


def _in_words(error: Exception) -> str:
    """Say what is wrong; Ray's own reason is often the cause of what it raises."""
    why = error.__cause__ or error
    text = (isinstance(why, OSError) and why.strerror) or str(why).strip() or type(why).__name__
    return text.splitlines()[-1] if "Traceback" in text else " ".join(text.split())
