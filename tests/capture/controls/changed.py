"""Changes of a running source, asked for from another thread, as the page does."""

import threading
from collections.abc import Callable, Sequence

from capture.acquisition import Acquisition
from capture.controls.rig import Rig
from focstream.protocols import SliceSource
from focstream.types import FocalSlice, FocstreamError

MOST = 4000  # slices: a change that never comes fails the test


class Ask(threading.Thread):
    """Does something that waits for the acquisition's thread; what it raised is in `error`."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self.error: FocstreamError | None = None
        self.start()

    def run(self) -> None:
        try:
            self._work()
        except FocstreamError as error:
            self.error = error


def sweeps_around(
    source: SliceSource, rig: Rig, *works: Callable[[], None], policy: str = "lossless"
) -> tuple[list[list[FocalSlice]], Acquisition, Sequence[FocstreamError | None]]:
    """Read two sweeps before each change and after the last; return the slices by sweep."""
    errors = []
    taken: list[FocalSlice] = []
    with Acquisition(source, policy=policy) as acquisition:
        slices = iter(acquisition)

        def read_on() -> None:
            """Read until two more sweeps have begun, and the second is over."""
            seen: set[int] = set()
            while len(seen) < 3:
                taken.append(next(slices))
                seen.add(taken[-1].tag.sweep_id)

        read_on()
        for work in works:
            asked = Ask(work)
            while asked.is_alive() and len(taken) < MOST:
                taken.append(next(slices))
            assert not asked.is_alive()
            errors.append(asked.error)
            read_on()
    by_sweep: dict[int, list[FocalSlice]] = {}
    for one in taken[:-1]:  # that began another sweep
        by_sweep.setdefault(one.tag.sweep_id, []).append(one)
    assert list(by_sweep) == sorted(by_sweep)
    return list(by_sweep.values()), acquisition, errors
