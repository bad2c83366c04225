"""The one door to harvesters and genicam: imported late, because focstream also runs without them."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from focstream.program.extras import need_extra
from focstream.types import MissingPackageError

SdkObject = Any
"""An object of harvesters or genicam, which have no types."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GenicamSdk:
    """The parts of harvesters and genicam that the drivers use.

    Attributes
    ----------
    make_harvester
        Makes a ``harvesters.core.Harvester``.
    count_incomplete
        Lets an ``ImageAcquirer`` count the incomplete buffers it discards; returns a function that gives
        their number.
    errors
        Exceptions of the device, its features and its transport layer.
    """

    make_harvester: Callable[[], SdkObject]
    count_incomplete: Callable[[SdkObject], Callable[[], int]]
    errors: tuple[type[Exception], ...]


def load_sdk() -> GenicamSdk:
    """Import harvesters and genicam.

    Raises
    ------
    MissingPackageError
        When they are not installed, or do not run on this computer.
    """
    for package in ("genicam.genapi", "harvesters.core"):
        need_extra(package, extra="genicam", what="a GenICam camera", error=MissingPackageError)
    from genicam import genapi, gentl
    from harvesters.core import Callback, Harvester

    class Counter(Callback):  # type: ignore[misc]  # has no types
        count = 0

        def emit(self, context: object = None) -> None:  # noqa: ARG002 - as harvesters calls it
            self.count += 1

    def count_incomplete(acquirer: SdkObject) -> Callable[[], int]:
        counter = Counter()
        acquirer.add_callback(acquirer.Events.INCOMPLETE_BUFFER, counter)
        return lambda: counter.count

    return GenicamSdk(
        make_harvester=Harvester,
        count_incomplete=count_incomplete,
        errors=(gentl.GenericException, genapi.GenericException),
    )


def release(acquirer: SdkObject) -> None:
    """Destroy an ``ImageAcquirer``, and see to it that nothing of it is kept.

    It and its chunk adapter are each held for ever by a finalizer bound to them, and with them the node map:
    0.36 MiB every time a camera is closed.
    """
    adapter = getattr(acquirer, "_chunk_adapter", None)
    acquirer.__exit__(None, None, None)  # unlike destroy(), runs the finalizer
    finalizer = getattr(adapter, "_finalizer", None)
    if finalizer is not None:
        finalizer.detach()


@contextmanager
def interrupt_kept() -> Iterator[None]:
    """Put the handler of Ctrl-C back: harvesters takes it when an acquirer is made in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)
