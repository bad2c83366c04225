"""Replay of a film of a focus sweep as if a camera swept its focus now."""

import logging
import math
import time
from pathlib import Path
from typing import Self

from capture.film.frame_range import FrameRange, is_film
from capture.film.frames import FilmFrames
from capture.folder.aligned_images import AlignedImages, aligned_images
from capture.folder.focus import StackFocus, metric_focus, ordered_focus
from capture.folder.focus_list import DIOPTRES_NAME, METRES_NAME, read_focus_list
from focstream.protocols import SliceSource
from focstream.types import FocalSlice, InputError, SliceTag

_log = logging.getLogger(__name__)


class FilmSource(SliceSource):
    """A `SliceSource` that delivers the frames of a film, in their order, with the stamps of its container.

    With ``focus_distance.txt`` or ``focus.csv`` beside the film the slices are metric, as those of a folder;
    a CSV file names frames by their number. Entering decodes and checks every frame, so a bad film is an
    error before the first slice.

    Parameters
    ----------
    path
        The film.
    frames
        Which frames are the sweep; None for all.
    reverse
        Without a focus list: the first frame is the nearest instead of the farthest.
    rate
        1.0 keeps the distances in time of the frames, 2.0 halves them; 0.0 does not wait at all.
    sweeps
        How many times the film is played.
    cache_bytes
        How much memory may be spent on keeping frames.
    align
        Undo the motion between the frames where that makes them agree better.

    Raises
    ------
    InputError
        When an option has no meaning; on entering, when the film cannot be used.
    """

    live = False
    free_running = False

    def __init__(
        self,
        path: Path,
        *,
        frames: FrameRange | None = None,
        reverse: bool = False,
        rate: float = 0.0,
        sweeps: int = 1,
        cache_bytes: int = 512 * 2**20,
        align: bool = False,
    ) -> None:
        if not 0.0 <= rate < math.inf or sweeps < 1:
            raise InputError(
                f"rate {rate} and {sweeps} sweeps of {path}: give a rate from 0 on, and 1 sweep or more"
            )
        self._path = Path(path)
        self._wanted = frames or FrameRange()
        self._reverse = reverse
        self._rate = rate
        self._sweeps = sweeps
        self._cache_bytes = cache_bytes
        self._align = align
        self._frames: FilmFrames | None = None
        self._images: FilmFrames | AlignedImages | None = None
        self._focus = StackFocus(slots=(), scale=None)
        self._delivered = 0
        self._started_s = 0.0

    @property
    def name(self) -> str:
        """The film."""
        return str(self._path)

    def __len__(self) -> int:
        """Count the frames of one sweep, once open."""
        return len(self._focus.slots)

    def read(self, timeout_s: float) -> FocalSlice | None:
        """Return the next slice; None when its time does not come within `timeout_s`.

        Raises
        ------
        EOFError
            After the last slice of the last sweep.
        InputError
            When the film has changed since it was checked.
        """
        if self._images is None:
            raise RuntimeError(f"{self.name} is not open: use it in a with statement")
        if self._delivered == self._sweeps * len(self):
            raise EOFError(f"{self.name}: no more frames")
        sweep_id, slot = divmod(self._delivered, len(self))
        tag = self._tag(sweep_id=sweep_id, slot=slot)
        if not self._wait_until_due(tag.exposure_mid_ns, timeout_s):
            return None
        image = self._images.image(slot)
        self._delivered += 1
        return FocalSlice(image=image, tag=tag, scale=self._focus.scale)

    def __enter__(self) -> Self:
        """Decode and check the frames and the focus list, and start from the first slice."""
        frames = FilmFrames(self._path, wanted=self._wanted, cache_bytes=self._cache_bytes)
        self._focus = self._read_focus(len(frames))
        for note in frames.notes:
            _log.info("%s: %s", self.name, note)
        if frames.fault is not None:
            _log.warning("%s: %s; these %d frames are one sweep", self.name, frames.fault, len(frames))
        if self._focus.scale is None:
            self._log_not_metric()
        self._frames = frames
        self._images = aligned_images(frames, name=self.name) if self._align else frames
        self._delivered = 0
        self._started_s = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        """Close the film, and let go of its frames."""
        if self._frames is not None:
            self._frames.close()
        self._frames = self._images = None

    def _read_focus(self, count: int) -> StackFocus:
        numbers = [str(self._wanted.first + slot) for slot in range(count)]
        focus_list = read_focus_list(self._path.parent, image_names=numbers)
        if focus_list is None:
            return ordered_focus(count, reverse=self._reverse)
        if self._reverse:
            raise InputError(
                f"a focus list beside {self._path} already says which end is near; leave --reverse out"
            )
        films = sum(is_film(path) for path in self._path.parent.iterdir())
        if films > 1:
            raise InputError(
                f"{self._path.parent} holds {films} films beside a focus list; put each into a folder of its "
                "own, with its list"
            )
        return metric_focus(focus_list)

    def _log_not_metric(self) -> None:
        end, other = ("nearest", "without") if self._reverse else ("farthest", "with")
        _log.info(
            "%s: the result is not metric, because there is no %s or %s beside it; frame %d counts as the %s "
            "of %d (the other way round: %s --reverse)",
            *(self.name, METRES_NAME, DIOPTRES_NAME, self._wanted.first, end, len(self), other),
        )

    def _wait_until_due(self, stamp_ns: int, timeout_s: float) -> bool:
        if self._rate == 0.0:
            return True
        assert self._frames is not None
        since_first_s = (stamp_ns - self._frames.times.stamps_ns[0]) / 1e9
        wait_s = self._started_s + since_first_s / self._rate - time.monotonic()
        if wait_s > 0:
            time.sleep(min(wait_s, max(timeout_s, 0.0)))
        return wait_s <= max(timeout_s, 0.0)

    def _tag(self, *, sweep_id: int, slot: int) -> SliceTag:
        assert self._frames is not None
        focus, times = self._focus.slots[slot], self._frames.times
        sweep_ns = times.stamps_ns[-1] - times.stamps_ns[0] + times.period_ns
        return SliceTag(
            sweep_id=sweep_id,
            slot=slot,
            frame_id=self._delivered,
            sweep_coordinate=focus.sweep_coordinate,
            focus_dpt=focus.focus_dpt,
            focus_dpt_commanded=focus.focus_dpt,
            exposure_mid_ns=times.stamps_ns[slot] + sweep_id * sweep_ns,
            clock="device",
            direction=focus.direction,
            last_in_sweep=slot == len(self) - 1,
            slots=len(self),
        )
