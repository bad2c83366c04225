"""The images of a folder as if camera and hand had kept still."""

import logging
from typing import Protocol, TypeVar

from calibration.apply.alignment.stack_alignment import StackAlignment, align_stack
from focstream.files.limits import GIB
from focstream.files.user_file import size_text
from focstream.focal_slice import Image

_log = logging.getLogger(__name__)

_MOST_BYTES = 8 * GIB


class Images(Protocol):
    """The images of a stack, each by its slot."""

    def __len__(self) -> int: ...

    def image(self, slot: int) -> Image:
        """Image number `slot`."""
        ...


AnyImages = TypeVar("AnyImages", bound=Images)


class AlignedImages:
    """Images of a stack, each aligned to the middle one when it is asked for.

    Parameters
    ----------
    images
        As they were taken.
    alignment
        How they moved.
    """

    def __init__(self, images: Images, alignment: StackAlignment) -> None:
        self._images = images
        self._alignment = alignment

    def __len__(self) -> int:
        return len(self._images)

    def image(self, slot: int) -> Image:
        """Image number `slot`, (H, W) or (H, W, 3); smaller than the file by what not all images show.

        Raises
        ------
        InputError
            When a file has changed or gone since it was checked.
        """
        return self._alignment.aligned(self._images.image(slot), slot)


def aligned_images(images: AnyImages, *, name: str) -> AnyImages | AlignedImages:
    """Align images as far as that helps; `name` of the folder is for the log, which says what was done."""
    needed = len(images) * images.image(0).nbytes
    if needed > _MOST_BYTES:
        _log.warning(
            "%s: not aligned: it takes all %d images in memory, %s, and %s at most: give fewer or smaller",
            *(name, len(images), size_text(needed), size_text(_MOST_BYTES)),
        )
        return images
    alignment = align_stack([images.image(slot) for slot in range(len(images))])
    _log.info("%s: %s", name, alignment.note)
    return AlignedImages(images, alignment) if alignment.applied else images
