"""Processes that work for a program, and end with it."""

import contextlib
import multiprocessing
import multiprocessing.connection
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import ParamSpec, TypeVar

from focstream.program import signals

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class _Pool(ProcessPoolExecutor):
    """Starts its processes deaf to signals: until they handle them, each would print its own traceback."""

    processes: frozenset[BaseProcess] = frozenset()
    """That were started by what was submitted."""

    def submit(
        self, fn: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Future[Result]:
        others = set(multiprocessing.active_children())
        with signals.held():
            future = super().submit(fn, *args, **kwargs)
        self.processes |= set(_since(others))
        return future


class LoneWorker:
    """One process that does one thing after the other, and whose death concerns nobody else.

    It starts with the first thing to do. Give it things from one thread alone.
    """

    def __init__(self) -> None:
        # No shared memory: that is a file, and the disk may be full.
        self._heard, self._says = multiprocessing.get_context("spawn").Pipe(duplex=False)
        self._begun = 0
        self._pool = _new_pool(1, initializer=partial(_say_by, self._says))
        signals.before_leaving(self._terminate)

    @property
    def begun(self) -> int:
        """How many things it has begun; known also when it has died."""
        self._hear()
        return self._begun

    def submit(
        self, fn: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Future[Result]:
        """Have it do something, after all else; a process that died makes it a `BrokenProcessPool`."""
        self._hear()  # a full pipe would hold the process up
        return self._pool.submit(partial(_counted, fn), *args, **kwargs)

    def close(self, last: Callable[[], None]) -> None:
        """Wait until all is done, have it call `last` where it was started, and end it."""
        if self._pool.processes:
            with contextlib.suppress(BrokenProcessPool):
                self._pool.submit(last)
        self._pool.shutdown()
        self._hang_up()

    def end(self) -> None:
        """End it, in mid-work if need be."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._terminate()
        _join(self._pool.processes)
        self._hang_up()

    def _hear(self) -> None:
        while not self._heard.closed and self._heard.poll():
            self._heard.recv_bytes()
            self._begun += 1

    def _hang_up(self) -> None:
        self._hear()
        self._heard.close()
        self._says.close()
        signals.forget(self._terminate)

    def _terminate(self) -> None:
        for process in self._pool.processes:
            process.terminate()


@contextmanager
def worker_pool(
    workers: int, *, initializer: Callable[[], None] | None = None, max_tasks_per_child: int | None = None
) -> Iterator[ProcessPoolExecutor]:
    """Yield a pool of processes; when the block ends before its time, so do they, in mid-work.

    Ctrl-C reaches this program alone, which ends them; each removes what it has not finished.

    Parameters
    ----------
    workers
        Processes.
    initializer
        Called in each before its work.
    max_tasks_per_child
        After so many a process begins afresh.
    """
    others = set(multiprocessing.active_children())

    def end_them() -> None:
        for process in _since(others):
            process.terminate()

    pool = _new_pool(workers, initializer=initializer, max_tasks_per_child=max_tasks_per_child)
    signals.before_leaving(end_them)
    try:
        yield pool
        pool.shutdown()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        end_them()
        _join(_since(others))
        raise
    finally:
        signals.forget(end_them)


_says: list[Connection] = []
"""By what this process, if it is that of a `LoneWorker`, says that it begins something."""


def _say_by(says: Connection) -> None:
    _says.append(says)


def _counted(fn: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
    _says[0].send_bytes(b"begins")
    return fn(*args, **kwargs)


def _new_pool(
    workers: int, *, initializer: Callable[[], None] | None = None, max_tasks_per_child: int | None = None
) -> _Pool:
    return _Pool(
        workers,
        mp_context=multiprocessing.get_context("spawn"),  # forking a process with threads is not safe
        initializer=_begin,
        initargs=(initializer,),
        max_tasks_per_child=max_tasks_per_child,
    )


def _join(processes: Iterable[BaseProcess]) -> None:
    for process in processes:
        process.join(signals.GRACE_S)
        process.kill()


def _since(others: set[BaseProcess]) -> list[BaseProcess]:
    return [process for process in multiprocessing.active_children() if process not in others]


def _begin(initializer: Callable[[], None] | None) -> None:
    signals.begin_worker()
    threading.Thread(target=_end_with_the_program, name="program", daemon=True).start()
    if initializer is not None:
        initializer()


def _end_with_the_program() -> None:
    """End, and leave nothing unfinished, when the program was killed: nobody would ever end this process."""
    program = multiprocessing.parent_process()
    if program is not None:
        multiprocessing.connection.wait([program.sentinel])
        signals.leave()
