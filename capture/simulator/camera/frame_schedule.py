"""When a free-running camera exposes, and which frames still wait for a slow reader."""

from dataclasses import dataclass

_NS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameSchedule:
    """Exposure k starts at `start_ns` + k periods; a few finished frames wait, older ones are overwritten.

    Attributes
    ----------
    start_ns
        Start of exposure 0 on the host clock.
    frame_rate_hz
        Exposures a second.
    exposure_s, readout_s
        Length of an exposure, and from its end until the frame can be read.
    buffers
        Finished frames that wait.
    drop_every_n
        Every n-th frame is lost on the way; 0 = none.
    """

    start_ns: int
    frame_rate_hz: float
    exposure_s: float
    readout_s: float
    buffers: int
    drop_every_n: int = 0

    def exposure_mid_ns(self, frame_id: int) -> int:
        """Middle of an exposure."""
        return self.start_ns + round((frame_id / self.frame_rate_hz + self.exposure_s / 2.0) * _NS)

    def finished_ns(self, frame_id: int) -> int:
        """When a frame can be read."""
        return self.start_ns + round((frame_id / self.frame_rate_hz + self._busy_s) * _NS)

    def next_frame(self, wanted: int, *, now_ns: int) -> int:
        """Oldest frame not before `wanted` that is still there, or is the first to come."""
        newest = int(((now_ns - self.start_ns) / _NS - self._busy_s) * self.frame_rate_hz)
        frame_id = max(wanted, newest - self.buffers + 1)
        return frame_id + 1 if self.loses(frame_id) else frame_id

    def loses(self, frame_id: int) -> bool:
        """Return whether a frame is lost on the way."""
        return self.drop_every_n > 0 and (frame_id + 1) % self.drop_every_n == 0

    def finished_after_ns(self, start_ns: int) -> int:
        """When the frame of an exposure that began at `start_ns` can be read."""
        return start_ns + round(self._busy_s * _NS)

    @property
    def _busy_s(self) -> float:
        return self.exposure_s + self.readout_s
