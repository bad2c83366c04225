"""Maps the stamps of a camera's own clock to the host's clock."""

from collections import deque

_WINDOW = 256  # frames; more find a quicker one among them, fewer follow the drift of the clocks sooner
_JUMP_NS = 10_000_000_000  # no frame takes that long on its way


class DeviceClock:
    """Maps device stamps to host stamps, from nothing but when frames arrive.

    The quickest of the last frames gives the offset of the clocks. So the jitter of the transport is gone and
    the drift of the clocks is followed, but the shortest way itself (read-out and transfer, constant for one
    camera and image size) stays in the result: the timing calibration measures it together with the latency
    of the lens.
    """

    def __init__(self) -> None:
        self._offsets_ns: deque[int] = deque(maxlen=_WINDOW)

    def to_host_ns(self, device_ns: int, *, arrival_ns: int) -> int:
        """Host time of `device_ns`, the device stamp of a frame that arrived at `arrival_ns`."""
        offset_ns = arrival_ns - device_ns
        if self._offsets_ns and abs(offset_ns - self._offsets_ns[-1]) > _JUMP_NS:
            self._offsets_ns.clear()  # the device's clock was reset or set
        self._offsets_ns.append(offset_ns)
        return device_ns + min(self._offsets_ns)
