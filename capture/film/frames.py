"""The frames of a sweep in a film: checked once, and kept in memory as far as they fit."""

from collections.abc import Iterator
from pathlib import Path

from capture.film.decoder import FilmDecoder, FilmFrame
from capture.film.film_times import FilmTimes, film_times
from capture.film.frame_range import FrameRange
from focstream.files.limits import STACK_IMAGES
from focstream.focal_slice import Image
from focstream.types import InputError


class FilmFrames:
    """Every frame once decoded and checked; those that do not fit in memory are decoded again, in order.

    Parameters
    ----------
    path
        The film.
    wanted
        Which of its frames.
    cache_bytes
        How much memory the frames kept may take.

    Attributes
    ----------
    times
        When they were taken.
    fault
        Why there may be more frames than these; None where there are not.
    notes
        What was done to the frames, and what was assumed.

    Raises
    ------
    InputError
        When the film cannot be read, or does not hold two frames or more of one size and kind there.
    """

    def __init__(self, path: Path, *, wanted: FrameRange, cache_bytes: int) -> None:
        self._decoder = FilmDecoder(path)
        self._wanted = wanted
        self._kept: dict[int, Image] = {}
        self._first: Image | None = None
        self._again: Iterator[FilmFrame] = iter(())
        self._next = 0
        times_s, free_bytes = [], cache_bytes
        for slot, frame in enumerate(self._frames()):
            if slot >= STACK_IMAGES:
                raise InputError(f"{path} has more than {STACK_IMAGES} frames; choose a sweep with --frames")
            self._check(slot, frame.image)
            times_s.append(frame.time_s)
            if frame.image.nbytes <= free_bytes:
                self._kept[slot] = frame.image
                free_bytes -= frame.image.nbytes
        self.fault, self.notes = self._decoder.fault, self._decoder.notes
        self._count = len(times_s)
        self._check_count()
        self.times: FilmTimes = film_times(
            times_s, rate_hz=self._decoder.rate_hz, created=self._decoder.created
        )
        self.notes += (self.times.note,) if self.times.note else ()

    def __len__(self) -> int:
        return self._count

    def image(self, slot: int) -> Image:
        """Return a frame, (H, W) or (H, W, 3); quick for those kept, and for the others in their order.

        Raises
        ------
        InputError
            When the film has changed since it was checked.
        """
        kept = self._kept.get(slot)
        if kept is not None:
            return kept
        if slot < self._next:
            self.close()
        if self._next == 0:
            self._again = self._frames()
        for frame in self._again:
            self._next += 1
            if self._next == slot + 1:
                self._check(slot, frame.image)
                return frame.image
        raise InputError(f"{self._decoder.path} has changed while it was played; play it again")

    def close(self) -> None:
        """Close the film; frames can be asked for again."""
        close = getattr(self._again, "close", None)  # that of a generator
        if close is not None:
            close()
        self._again, self._next = iter(()), 0

    def _frames(self) -> Iterator[FilmFrame]:
        for number, frame in enumerate(self._decoder):
            if self._wanted.is_over(number):
                return
            if number in self._wanted:
                yield frame

    def _check(self, slot: int, image: Image) -> None:
        first = self._first = image if self._first is None else self._first
        if (image.shape, image.dtype) != (first.shape, first.dtype):
            number = self._wanted.first + slot
            raise InputError(
                f"frame {number} of {self._decoder.path} is {_described(image)}, but the first one is "
                f"{_described(first)}; leave it out with --frames"
            )

    def _check_count(self) -> None:
        path, wanted, count = self._decoder.path, self._wanted, self._count
        why = f" ({self.fault})" if self.fault else ""
        if wanted.end is not None and count < wanted.end - wanted.first:
            raise InputError(
                f"{path} ends before frame {wanted.end} of --frames {wanted}{why}; give a smaller end"
            )
        if count < 2:
            held = {0: "no frame", 1: "only one frame"}[count]
            where = f" from frame {wanted.first} on" if wanted.first else ""
            raise InputError(f"{path} holds {held}{where}{why}; a focal stack needs two or more")


def _described(image: Image) -> str:
    height, width = image.shape[:2]
    return f"{width}×{height} {'colour' if image.ndim == 3 else 'grey'} {image.dtype.itemsize * 8} bit"
