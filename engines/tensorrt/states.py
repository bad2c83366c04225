"""What the TensorRT runner keeps on the GPU between calls."""

from dataclasses import dataclass

from engines.tensorrt.borders import Shape
from engines.tensorrt.device_arrays import DeviceArrays


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorRtFeatures:
    """Slices, of which the coordinates are still read, and their features."""

    slices: DeviceArrays
    features: DeviceArrays


@dataclass(slots=True, kw_only=True)
class TensorRtState:
    """A state for (batch, height, width), and the memory that the next slice writes.

    A `fresh` state lies where all states begin, which nothing writes. Memory of its own is taken with the
    first slice: only then is that of the state before free for sure.
    """

    shape: Shape
    now: DeviceArrays
    spare: DeviceArrays | None = None
    fresh: bool = True

    def go_on(self, after: DeviceArrays) -> None:
        """Go on from what was written."""
        self.spare = None if self.fresh else self.now
        self.now, self.fresh = after, False
