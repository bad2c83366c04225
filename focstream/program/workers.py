"""Processes that work for a program, and end with it."""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from typing import ParamSpec, TypeVar

from focstream.program import signals

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class _Pool(ProcessPoolExecutor):
    """Starts its processes deaf to signals: until they handle them, each would print its own traceback."""

    def submit(
        self, fn: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Future[Result]:
        with signals.held():
            return super().submit(fn, *args, **kwargs)


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

    spawn = multiprocessing.get_context("spawn")  # forking a process with threads is not safe
    pool = _Pool(
        workers,
        mp_context=spawn,
        initializer=_begin,
        initargs=(initializer,),
        max_tasks_per_child=max_tasks_per_child,
    )
    signals.before_leaving(end_them)
    try:
        yield pool
        pool.shutdown()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        end_them()
        for process in _since(others):
            process.join(signals.GRACE_S)
            process.kill()
        raise
    finally:
        signals.forget(end_them)


def _since(others: set[BaseProcess]) -> list[BaseProcess]:
    return [process for process in multiprocessing.active_children() if process not in others]


def _begin(initializer: Callable[[], None] | None) -> None:
    signals.begin_worker()
    if initializer is not None:
        initializer()
