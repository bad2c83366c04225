"""A scene that moves slowly past a virtual lens."""

from collections.abc import Sequence

import numpy as np

from benchmarks.active.virtual_lens import RenderedScene
from focstream.depth_update import FloatMap
from focstream.focal_slice import Image

FARTHEST = 0.04
"""How far it moves from where it began, as a share of the sweep: then it comes back."""
_NEARER = 0.001  # of the sweep, from slice to slice
_SIDEWAYS = 1 / 768  # of the width, from slice to slice
_WIDER = 1.25


class MovingScene:
    """A `VirtualLens` over a rendered scene that comes nearer, goes back, and moves sideways, slice by slice.

    What is nearer by some dioptres looks at one focus as it did at a focus farther by as many: the blur
    depends on the difference alone.

    Parameters
    ----------
    scene
        At least `_WIDER` than the images, and with `FARTHEST` of overscan.
    width_px
        Of the images.
    """

    all_coordinates: Sequence[float] = ()

    def __init__(self, scene: RenderedScene, *, width_px: int) -> None:
        self.name = f"{scene.name}, moving"
        self.number = scene.number
        self._scene = scene
        self._width_px = width_px
        self._slices = 0

    @staticmethod
    def rendered(scene: RenderedScene, *, width_px: int, height_px: int) -> RenderedScene:
        """Return a scene of the kind and number of `scene` that is wide enough to move past such images."""
        wide_px = round(_WIDER * width_px)
        return RenderedScene(
            scene.kind,
            scene.number,
            width_px=wide_px,
            height_px=height_px,
            overscan=1.2 * FARTHEST,
            fills=scene.fills,
        )

    @property
    def truth(self) -> FloatMap | None:
        """(H, W) true sweep coordinate at the last slice, NaN = unknown or beyond the sweep."""
        assert self._scene.truth is not None  # it is rendered
        truth = self._scene.truth[:, self._columns] + np.float32(self._nearer)
        return np.where((truth >= 0.0) & (truth <= 1.0), truth, np.float32(np.nan)).astype(np.float32)

    def at(self, coordinate: float) -> tuple[Image, float]:
        """Return the slice at a sweep coordinate; the scene moves on before it."""
        self._slices += 1
        image, _ = self._scene.at(coordinate - self._nearer)
        return image[:, self._columns].copy(), coordinate

    @property
    def _nearer(self) -> float:
        there = (self._slices * _NEARER) % (2 * FARTHEST)
        return min(there, 2 * FARTHEST - there)

    @property
    def _columns(self) -> slice:
        at_most = round((_WIDER - 1) * self._width_px)
        there = round(self._slices * _SIDEWAYS * self._width_px) % max(2 * at_most, 1)
        first = min(there, 2 * at_most - there)
        return slice(first, first + self._width_px)
