"""The chunk features of the buffer that was fetched last: data that comes with an image."""

from dataclasses import dataclass

from capture.genicam.config import FeatureNames
from capture.genicam.nodes import Nodes


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameChunks:
    """The data that a camera sent with one image; None where it sent none.

    Attributes
    ----------
    ticks
        Stamp on the camera's clock.
    exposure_s, sequencer_set
        Exposure time, and active set of the sequencer.
    focus
        Focus in the unit of the chunk feature.
    """

    ticks: int | None = None
    exposure_s: float | None = None
    sequencer_set: int | None = None
    focus: float | None = None


class ChunkReader:
    """Reads the chunks that are switched on, of the buffer that was fetched last.

    Parameters
    ----------
    camera
        Features of the camera.
    enabled
        Chunk features that come, by name.
    names
        Candidates for the chunks that the standard does not name.
    """

    def __init__(self, camera: Nodes, enabled: tuple[str, ...], names: FeatureNames) -> None:
        self._camera = camera
        self._enabled = enabled
        self.focus_name = next((name for name in names.focus_chunk if name in enabled), None)

    def read(self) -> FrameChunks:
        """Return what came with the buffer that was fetched last."""
        if not self._enabled:
            return FrameChunks()
        exposure_us = self._number("ChunkExposureTime")
        return FrameChunks(
            ticks=_whole(self._number("ChunkTimestamp")),
            exposure_s=None if exposure_us is None else exposure_us * 1e-6,
            sequencer_set=_whole(self._number("ChunkSequencerSetActive")),
            focus=self._number(self.focus_name),
        )

    def _number(self, name: str | None) -> float | None:
        if name is None or name not in self._enabled:
            return None
        value = self._camera.value(name)
        return value if isinstance(value, int | float) else None


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
