"""Alignment of a whole stack: neighbour to neighbour, composed, tested, left out when it does not help."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from calibration.apply.alignment.features import guess_from_features
from calibration.apply.alignment.register import FloatImage, Registration, correlation, grey, register
from calibration.apply.alignment.similarity import Similarity
from focstream.focal_slice import Image

WORK_PX = 512
"""Longer side of the images that are compared."""

_MOST_SCALE = 0.06
_MOST_ROTATION_RAD = 0.08
_MOST_MOTION = 0.12  # of the diagonal, between neighbours
_MOST_FAILED = 0.25
_LEAST_MOTION_PX = 1.0  # of the compared images
_LEAST_GAIN = 0.1  # occlusion at blurred edges feigns a little motion, undoing which gains a few percent;
_SMALL_MOTION_PX = 2.0  # what is less than this is believed only where undoing it gains more:
_LEAST_GAIN_OF_SMALL = 0.3
_LEAST_AREA = 0.5
_STRIDES = (1, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class StackAlignment:
    """How every image of a stack lies on its middle one.

    Attributes
    ----------
    transforms
        From pixels of the aligned image to pixels of each image as it was taken; empty when left as it is.
    crop_px
        Left, top, right and bottom of the part that all images show.
    note
        One line: what was done, or why nothing was.
    """

    transforms: tuple[Similarity, ...]
    crop_px: tuple[int, int, int, int]
    note: str

    @property
    def applied(self) -> bool:
        """Whether the images move at all."""
        return bool(self.transforms)

    def aligned(self, image: Image, slot: int) -> Image:
        """Image number `slot` as the middle one would show it, cropped to what all images show."""
        if not self.applied:
            return image
        left, top, right, bottom = self.crop_px
        shift = Similarity(x_px=float(left), y_px=float(top))
        laid: Image = cv2.warpAffine(  # type: ignore[assignment]  # of the type of the image, as cv2's
            image,
            self.transforms[slot].after(shift).matrix(),
            (right - left, bottom - top),
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return laid


def align_stack(images: Sequence[Image]) -> StackAlignment:
    """Find out how the images of a stack moved against each other.

    Neighbours are registered, as their blur differs least, and composed to the middle image. A pair that
    cannot be registered or moves implausibly counts as failed and as unmoved. The whole is used only if it
    brings neighbours, and images four apart, clearly nearer to each other.

    Parameters
    ----------
    images
        Two or more, (H, W) or (H, W, 3), of one size, in the order of the sweep.
    """
    height_px, width_px = images[0].shape[:2]
    small = [grey(image, longest_px=WORK_PX) for image in images]
    factor = width_px / small[0].shape[1]
    pairs = [_pair(second, first) for first, second in itertools.pairwise(small)]
    failed = sum(pair is None for pair in pairs)
    transforms = _composed([pair or Similarity() for pair in pairs])
    before = _misfit(small, [Similarity()] * len(small))
    after = _misfit(small, transforms)
    full = tuple(transform.resized(factor) for transform in transforms)
    motion_px = max(transform.largest_motion_px((width_px, height_px)) for transform in full)
    crop_px = _common(full, size_px=(width_px, height_px))
    share = max(0, crop_px[2] - crop_px[0]) * max(0, crop_px[3] - crop_px[1]) / (width_px * height_px)
    reason = _reason_not_to(
        failed / len(pairs), motion_px=motion_px / factor, gain=1.0 - after / max(before, 1e-9), share=share
    )
    if reason is not None:
        return StackAlignment(
            transforms=(), crop_px=(0, 0, width_px, height_px), note=f"not aligned: {reason}"
        )
    left, top, right, bottom = crop_px
    lost = f", {failed} of {len(pairs)} pairs taken as unmoved" if failed else ""
    note = (
        f"aligned: motion of up to {motion_px:.1f} px undone, misfit of neighbours "
        f"{100 * (1 - after / before):.0f} % less{lost}; cropped to "
        f"{right - left} × {bottom - top} px, from x {left}, y {top}"
    )
    return StackAlignment(transforms=full, crop_px=crop_px, note=note)


def _pair(moved: FloatImage, reference: FloatImage) -> Similarity | None:
    transform = _plausible(register(moved, reference), shape=reference.shape)
    if transform is None:
        guess = guess_from_features(moved, reference)
        if guess is not None:
            transform = _plausible(register(moved, reference, start=guess), shape=reference.shape)
    return transform


def _plausible(found: Registration | None, *, shape: tuple[int, ...]) -> Similarity | None:
    if found is None:
        return None
    transform = found.transform
    diagonal_px = float(np.hypot(shape[0], shape[1]))
    size_px = (shape[1], shape[0])
    plausible = (
        abs(transform.scale - 1.0) <= _MOST_SCALE
        and abs(transform.rotation_rad) <= _MOST_ROTATION_RAD
        and transform.largest_motion_px(size_px) <= _MOST_MOTION * diagonal_px
    )
    return transform if plausible else None


def _composed(pairs: Sequence[Similarity]) -> list[Similarity]:
    """Similarities from the middle image to each; pair k goes from image k to image k + 1."""
    chain = [Similarity()]
    for pair in pairs:
        chain.append(pair.after(chain[-1]))
    from_middle = chain[len(chain) // 2].inverse()
    return [transform.after(from_middle) for transform in chain]


def _misfit(images: Sequence[FloatImage], transforms: Sequence[Similarity]) -> float:
    """Mean of 1 − correlation over neighbours and over images some slots apart, warped to the middle."""
    size = (images[0].shape[1], images[0].shape[0])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = [
        np.asarray(
            cv2.warpAffine(image, transform.matrix(), size, flags=flags, borderMode=cv2.BORDER_REPLICATE),
            np.float32,
        )
        for image, transform in zip(images, transforms, strict=True)
    ]
    inner = [_inner(image) for image in laid]
    terms = [
        1.0 - correlation(second, first, Similarity())
        for stride in _STRIDES
        for first, second in zip(inner, inner[stride:], strict=False)
    ]
    return float(np.mean(terms))


def _inner(image: FloatImage) -> FloatImage:
    """Cut off the rim of an image, which may be filled up."""
    height_px, width_px = image.shape
    return np.ascontiguousarray(
        image[height_px // 8 : height_px - height_px // 8, width_px // 8 : width_px - width_px // 8]
    )


def _common(transforms: Sequence[Similarity], *, size_px: tuple[int, int]) -> tuple[int, int, int, int]:
    """Largest upright part of the middle image that surely lies inside all images."""
    width_px, height_px = size_px
    left, top, right, bottom = 0.0, 0.0, width_px - 1.0, height_px - 1.0
    for transform in transforms:
        back = transform.inverse().matrix()
        corners = np.array([[0, 0], [width_px - 1, 0], [width_px - 1, height_px - 1], [0, height_px - 1]])
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners @ back[:, :2].T + back[:, 2]
        left, right = max(left, x0, x3), min(right, x1, x2)
        top, bottom = max(top, y0, y1), min(bottom, y2, y3)
    slack = 1e-6
    return (
        int(np.ceil(left - slack)),
        int(np.ceil(top - slack)),
        int(np.floor(right + slack)) + 1,
        int(np.floor(bottom + slack)) + 1,
    )


def _reason_not_to(failed: float, *, motion_px: float, gain: float, share: float) -> str | None:
    if failed > _MOST_FAILED:
        return f"{100 * failed:.0f} % of the neighbours cannot be registered with each other"
    if motion_px < _LEAST_MOTION_PX:
        return f"the images lie on each other already (within {motion_px:.2f} px)"
    if gain < (_LEAST_GAIN if motion_px >= _SMALL_MOTION_PX else _LEAST_GAIN_OF_SMALL):
        return f"it would not bring the images clearly nearer to each other (misfit {-100 * gain:+.0f} %)"
    if share < _LEAST_AREA:
        return f"only {100 * share:.0f} % of the image would be left"
    return None
