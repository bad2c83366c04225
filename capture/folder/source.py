"""Replay of a folder of images as if a camera swept its focus."""

import logging
import math
import time
from pathlib import Path
from typing import Self

from capture.folder.aligned_images import AlignedImages, aligned_images
from capture.folder.focus import StackFocus, metric_focus, ordered_focus
from capture.folder.focus_list import DIOPTRES_NAME, METRES_NAME, read_focus_list
from capture.folder.images import StackImages, find_images
from focstream.clock import now_ns
from focstream.protocols import SliceSource
from focstream.types import FocalSlice, FocusScale, InputError, SliceTag

_log = logging.getLogger(__name__)


class StackFolder(SliceSource):
    """A `SliceSource` that delivers the images of a folder in natural order (``img2`` before ``img10``).

    With ``focus_distance.txt`` or ``focus.csv`` in the folder the slices are metric (see `read_focus_list`);
    without, only their order is known. Entering reads and checks everything, so a bad file is an error
    before the first slice.

    Parameters
    ----------
    path
        The folder.
    reverse
        Without a focus list: the first image is the nearest instead of the farthest.
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
        When an option has no meaning; on entering, when the folder cannot be used.
    """

    live = False
    free_running = False

    def __init__(
        self,
        path: Path,
        *,
        reverse: bool = False,
        rate: float = 0.0,
        sweeps: int = 1,
        period_s: float = 1 / 30,
        cache_bytes: int = 512 * 2**20,
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
        self._folder = Path(path)
        self._reverse = reverse
        self._interval_s = period_s / rate if rate > 0 else 0.0
        self._sweeps = sweeps
        self._cache_bytes = cache_bytes
        self._align = align
        self._images: StackImages | AlignedImages | None = None
        self._focus = StackFocus(slots=(), scale=None)
        self._delivered = 0
        self._due_s = 0.0

    @property
    def name(self) -> str:
        """The folder."""
        return str(self._folder)

    @property
    def scale(self) -> FocusScale | None:
        """What the sweep means in dioptres, once open; None where only the order is known."""
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
        return FocalSlice(image=image, tag=tag, scale=self.scale)

    def __enter__(self) -> Self:
        """Read and check the images and the focus list, and start from the first slice."""
        paths = find_images(self._folder)
        focus = self._read_focus([path.name for path in paths])
        images = StackImages(paths, cache_bytes=self._cache_bytes)
        self._images = aligned_images(images, name=self.name) if self._align else images
        self._focus = focus
        if focus.scale is None:
            self._log_not_metric(paths[0].name)
        self._delivered = 0
        self._due_s = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the images."""
        self._images = None

    def _read_focus(self, image_names: list[str]) -> StackFocus:
        focus_list = read_focus_list(self._folder, image_names=image_names)
        if focus_list is None:
            return ordered_focus(len(image_names), reverse=self._reverse)
        if self._reverse:
            file = self._folder / focus_list.file_name
            raise InputError(
                f"{file} already says which end is near; leave --reverse out, or remove the file"
            )
        return metric_focus(focus_list)

    def _log_not_metric(self, first: str) -> None:
        end, other = ("nearest", "without") if self._reverse else ("farthest", "with")
        _log.info(
            "%s: the result is not metric, because there is no %s or %s; %s counts as the %s image "
            "(the other way round: %s --reverse)",
            *(self.name, METRES_NAME, DIOPTRES_NAME, first, end, other),
        )

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
