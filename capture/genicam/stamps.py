"""Finds the stamp of an image: with its buffer or in its chunks, in nanoseconds or in ticks."""

from collections.abc import Callable

from capture.device_clock import NANOSECONDS_HZ, DeviceClock, Stamp
from capture.genicam.config import FeatureNames
from capture.genicam.frame_ids import FrameCount
from capture.genicam.nodes import Nodes
from capture.genicam.sdk import SdkObject

_CHUNK = "ChunkTimestamp"


class GenicamStamps:
    """Stamps the images of one run of a camera by the first stamp that it sends, on the host's clock.

    The producer reports nanoseconds or ticks. Ticks, and those of chunks, count at the rate that the producer
    or the camera reports; where they report none that fits the arrivals of the images, as nanoseconds.

    Parameters
    ----------
    name
        Name of the camera, for messages.
    nodes
        Its features.
    names
        Candidates for the names of those that tell the rate of its clock.
    device
        The device of the producer, which may report the rate, too.
    errors
        Exceptions of both.
    runs_freely
        Whether the images come at a period of their own, so that their count says when they were taken.
    """

    def __init__(
        self,
        *,
        name: str,
        nodes: Nodes,
        names: FeatureNames,
        device: SdkObject,
        errors: tuple[type[Exception], ...],
        runs_freely: bool = False,
    ) -> None:
        self._name = name
        self._errors: tuple[type[Exception], ...] = (*errors, AttributeError)
        self._clock = DeviceClock(name)
        self._runs_freely = runs_freely
        reported = (self._read(lambda: device.timestamp_frequency), nodes.value(*names.tick_hz))
        self._ticks_hz = _positive(*reported, NANOSECONDS_HZ)
        in_ns = nodes.unit(_CHUNK) == "ns"
        self._chunk_hz = _positive(NANOSECONDS_HZ, *self._ticks_hz) if in_ns else self._ticks_hz
        self._find: Callable[[SdkObject, int | None], int | None] | None = None

    def begin_anew(self) -> None:
        """Map the camera's clock anew: an image arrives so much later as it is exposed longer."""
        self._find, self._clock = None, DeviceClock(self._name)

    def stamp(
        self,
        module: SdkObject,
        count: FrameCount,
        *,
        chunk_ticks: int | None,
        arrival_ns: int,
        empty_ns: int,
    ) -> Stamp:
        """Return when an image was taken.

        Parameters
        ----------
        module
            Its buffer, of the transport layer.
        count
            Where it is in the count.
        chunk_ticks
            The stamp in its chunks; None without.
        arrival_ns, empty_ns
            When it was fetched, and when it was last seen that none was waiting.
        """
        if self._find is None:
            self._choose(module, chunk_ticks)
        ticks = None if self._find is None else self._find(module, chunk_ticks)
        return self._clock.stamp(
            ticks,
            arrival_ns=arrival_ns,
            empty_ns=empty_ns,
            number=count.number if self._runs_freely else None,
            is_counted=count.is_sure and not count.began_anew,
        )

    def _choose(self, module: SdkObject, chunk_ticks: int | None) -> None:
        """Take the first kind of stamp that is there, and stay with it."""
        kinds = (
            (self._nanoseconds, _positive(NANOSECONDS_HZ, *self._ticks_hz)),
            (self._ticks, self._ticks_hz),
            (_in_chunk, self._chunk_hz),
        )
        for find, tick_hz in kinds:
            if find(module, chunk_ticks) is not None:
                self._find = find
                self._clock = DeviceClock(self._name, tick_hz=tick_hz)
                return

    def _nanoseconds(self, module: SdkObject, _: int | None) -> int | None:
        return self._read(lambda: module.timestamp_ns)

    def _ticks(self, module: SdkObject, _: int | None) -> int | None:
        return self._read(lambda: module.timestamp)

    def _read(self, get: Callable[[], SdkObject]) -> int | None:
        """Return a number that the producer reports; None where it reports none, or 0."""
        try:
            return int(get()) or None
        except self._errors:
            return None


def _in_chunk(_: SdkObject, chunk_ticks: int | None) -> int | None:
    return chunk_ticks or None


def _positive(*reported: SdkObject | None) -> tuple[int, ...]:
    """Rates that were reported, each once."""
    rates = [int(rate) for rate in reported if isinstance(rate, int | float) and rate > 0]
    return tuple(dict.fromkeys(rates))
