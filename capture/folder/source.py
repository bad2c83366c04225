"""Replay of a focal stack on disk as if a camera swept its focus."""

import logging
import math
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from capture.folder.aligned_images import AlignedImages, aligned_images
from capture.folder.file_stack import open_file_stack
from capture.folder.focus import StackFocus
from capture.folder.folder_stack import find_folder_stack
from capture.folder.images import CACHE_BYTES, StackImages
from capture.folder.stack_reading import StackReading
from focstream.clock import now_ns
from focstream.focal_slice import BoolMap
from focstream.protocols import SliceSource
from focstream.types import FocalSlice, InputError, Scale, SliceTag

_log = logging.getLogger(__name__)


class StackFolder(SliceSource):
    """A `SliceSource` that delivers a focal stack on disk: the images of a folder, or of one file.

    The images of a folder come in the order of the numbers in their names (``img2`` before ``img10``). With
    distances in the folder (see `StackReading.focus_from`) the slices are metric, those of a TIFF file with z
    spacing have heights; else only their order is known. Entering reads and checks everything, so a bad file
    is an error before the first slice.

    Parameters
    ----------
    path
        The folder, or a file with several images: TIFF, MPO or HEIC.
    reading
        How the files are to be read; None leaves all to the files.
    rate
        1.0 paces the slices by `period_s`, 2.0 twice as fast; 0.0 does not wait at all.
    sweeps
        How many times the stack is played.
    period_s
        Time between two images, which a folder does not say.
    cache_bytes
        How much memory may be spent on keeping images.
    align
        Undo the motion between the images where that makes them agree better, and cut off what not all
        of them show.

    Raises
    ------
    InputError
        When an option has no meaning; on entering, when the stack cannot be used.
    """

    live = False
    free_running = False

    def __init__(
        self,
        path: Path,
        *,
        reading: StackReading | None = None,
        rate: float = 0.0,
        sweeps: int = 1,
        period_s: float = 1 / 30,
        cache_bytes: int = CACHE_BYTES,
        align: bool = False,
    ) -> None:
        if not 0.0 <= rate < math.inf:
            raise InputError(
                f"rate {rate} for the replay of {path}: give 0 (do not wait) or a positive number"
            )
        if sweeps < 1:
            raise InputError(f"{sweeps} sweeps of {path}: give 1 or more")
        if not 0.0 < period_s < math.inf:
            raise InputError(f"period of {period_s} s for the replay of {path}: give a positive time")
        self._path = Path(path)
        self._reading = reading or StackReading()
        self._interval_s = period_s / rate if rate > 0 else 0.0
        self._sweeps = sweeps
        self._cache_bytes = cache_bytes
        self._align = align
        self._files = ExitStack()
        self._no_depth: BoolMap | None = None
        self._images: StackImages | AlignedImages | None = None
        self._focus = StackFocus(slots=(), scale=None)
        self._delivered = 0
        self._due_s = 0.0

    @property
    def name(self) -> str:
        """The folder or the file."""
        return str(self._path)

    @property
    def scale(self) -> Scale | None:
        """What the sweep means in dioptres or height, once open; None where only the order is known."""
        return self._focus.scale

    def __len__(self) -> int:
        """Count the images of one sweep, once open."""
        return len(self._focus.slots)

    def read(self, timeout_s: float) -> FocalSlice | None:
        """Return the next slice; None when its time does not come within `timeout_s`.

        Raises
        ------
        EOFError
            After the last slice of the last sweep.
        InputError
            When a file that did not fit in memory has changed since it was checked.
        """
        if self._images is None:
            raise RuntimeError(f"{self.name} is not open: use it in a with statement")
        if self._delivered == self._sweeps * len(self):
            raise EOFError(f"{self.name}: no more images")
        if not self._wait_until_due(timeout_s):
            return None
        sweep_id, slot = divmod(self._delivered, len(self))
        image = self._images.image(slot)
        tag = self._tag(sweep_id=sweep_id, slot=slot)
        self._delivered += 1
        return FocalSlice(image=image, tag=tag, scale=self.scale, no_depth=self._no_depth)

    def __enter__(self) -> Self:
        """Read and check the images and their focus, and start from the first slice."""
        with ExitStack() as files:
            if self._path.is_file():
                found = open_file_stack(self._path, self._reading, files)
            else:
                found = find_folder_stack(self._path, self._reading)
            images = StackImages(
                found.pages, name=self.name, cache_bytes=self._cache_bytes, bits=self._reading.bits
            )
            for line in filter(None, (found.summary, *found.doubts, images.levels.note, images.note)):
                _log.info("%s: %s", self.name, line)
            self._images, self._no_depth = self._aligned(images), images.transparent
            self._files = files.pop_all()
        self._focus = found.focus
        self._delivered = 0
        self._due_s = time.monotonic()
        return self

    def _aligned(self, images: StackImages) -> StackImages | AlignedImages:
        if images.transparent is None:
            return aligned_images(images, name=self.name) if self._align else images
        share = float(images.transparent.mean())
        if share == 1.0:
            raise InputError(
                f"{self.name}: every pixel is transparent in some image; give images that overlap"
            )
        aligned = "; they are aligned already, so they stay as they are" if self._align else ""
        _log.info("%s: no depth on %.3g %%, where an image is transparent%s", self.name, 100 * share, aligned)
        return images

    def __exit__(self, *_: object) -> None:
        """Let go of the images."""
        self._images = None
        self._files.close()

    def _wait_until_due(self, timeout_s: float) -> bool:
        wait_s = self._due_s - time.monotonic()
        if wait_s > 0:
            time.sleep(min(wait_s, max(timeout_s, 0.0)))
        if wait_s > timeout_s and wait_s > 0:
            return False
        # Counted from when it was due, so that the pace holds; but a reader that lags is not flooded later.
        self._due_s = max(self._due_s + self._interval_s, time.monotonic())
        return True

    def _tag(self, *, sweep_id: int, slot: int) -> SliceTag:
        focus = self._focus.slots[slot]
        return SliceTag(
            sweep_id=sweep_id,
            slot=slot,
            frame_id=self._delivered,
            sweep_coordinate=focus.sweep_coordinate,
            focus_dpt=focus.focus_dpt,
            focus_dpt_commanded=focus.focus_dpt,
            exposure_mid_ns=now_ns(),
            clock="host",
            direction=focus.direction,
            last_in_sweep=slot == len(self) - 1,
            slots=len(self),
        )
