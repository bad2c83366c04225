"""The seams between the packages: what makes slices, what turns them into depth, what takes the depth."""

from types import TracebackType
from typing import Protocol, Self

from focstream.active.wish import FocusWish
from focstream.demand import Demand, Speed
from focstream.depth_update import DepthUpdate, FloatMap
from focstream.focal_slice import FocalSlice, SliceTag


class SliceSource(Protocol):
    """Anything that makes focal slices: a camera with a lens, or a recording. A context manager.

    A source only talks to its devices or files. Threads, queues and counting of losses are the
    acquisition loop's. Inherit from this for the answers that most sources give.
    """

    @property
    def name(self) -> str:
        """Name for messages, such as ``"sim"`` or the folder."""
        ...

    @property
    def device(self) -> str:
        """What takes the slices, known once it is open; of a recording, what took them."""
        return self.name

    @property
    def live(self) -> bool:
        """False when the slices were taken long ago: then they have no latency."""
        return True

    @property
    def free_running(self) -> bool:
        """True when slices come whether or not anybody waits for them."""
        ...

    @property
    def truth_vergence_dpt(self) -> FloatMap | None:
        """(H, W) true vergence in dioptres, NaN = unknown; None where no truth is known."""
        return None

    def left_out(self, tag: SliceTag) -> bool:
        """Return whether depth is computed without this slice: in a replay, what the live run had to drop."""
        del tag
        return False

    @property
    def wants_room(self) -> int:
        """Slices that should find room while the reader is busy: a slowed sweep that cannot stop within."""
        return 0

    def pace(self, demand: Demand) -> None:
        """Take note of what the reader can take; called before every `read`. Most sources cannot wait."""
        del demand

    def read(self, timeout_s: float) -> FocalSlice | None:
        """Wait for the next slice, settling ones included; None when none came within `timeout_s`.

        Raises
        ------
        EOFError
            When there are no more slices.
        FocstreamError
            When the device is lost or the file cannot be read.
        """
        ...

    def __enter__(self) -> Self:
        """Open the devices; a failed open undoes itself."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the devices in a safe state."""
        ...


class Readiness(Protocol):
    """What a live source asks of the estimator once it knows its images, before the first exposure."""

    def prepare(self, shape: tuple[int, ...]) -> Speed:
        """Get ready for images (H, W) or (H, W, 3); return how fast they can be taken."""
        ...

    def faster(self, shape: tuple[int, ...]) -> str:
        """Name what would be faster here, as measured; empty when nothing would."""
        ...


class DepthEstimator(Protocol):
    """Refines a depth map slice by slice; holds the state of one stream."""

    def push(self, focal_slice: FocalSlice, *, show: bool = True) -> DepthUpdate | None:
        """Take one slice; return the refined map, or None when there is none to show yet.

        The map of a slice whose tag says ``last_in_sweep`` is final. With `show` False only final maps are
        made: adding a slice costs much less than making a map of it.
        """
        ...

    def finish(self) -> DepthUpdate | None:
        """End the sweep in hand early; return its final map, or None when there is nothing to finish."""
        ...

    def close(self) -> None:
        """Free what the estimator holds."""
        ...


class Sink(Protocol):
    """Takes every depth update: a publisher, a saver, a viewer. Never waits for a peer."""

    def write(self, update: DepthUpdate) -> None:
        """Take one update."""
        ...

    def close(self) -> None:
        """Finish what is in hand and free everything."""
        ...


class FocusPlanner(Protocol):
    """Chooses the slots of an active sweep. The same maps in the same order give the same wishes."""

    @property
    def first(self) -> tuple[float, float]:
        """Sweep coordinates of the first two slots of a sweep, unless a wish says others; asked once."""
        ...

    def plan(self, update: DepthUpdate) -> FocusWish:
        """Return the slot after the one that the lens is on its way to, or `focstream.active.wish.ENOUGH`.

        Called with every map. The lens moves while depth is computed: with the map of slice k − 1 the slot of
        slice k + 1 is chosen, and slice k is the last when that map is enough.
        """
        ...

    def plan_unseen(self, tag: SliceTag) -> FocusWish | None:
        """Return the wish that follows from a slice without a map; None when it takes one."""
        del tag
        return None
