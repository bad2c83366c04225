"""One image of a focus sweep, and the tag that says when and where it was focused."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from focstream.height_scale import Scale
from focstream.intrinsics import Intrinsics

Image = NDArray[np.uint8] | NDArray[np.uint16]
"""(H, W) grey or (H, W, 3) blue-green-red (OpenCV's order), uint8 or uint16."""

BoolMap = NDArray[np.bool_]

Active = Literal["more", "enough", "limit"]
"""Of a slice of an active sweep: more slices come after it, or why it is the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceTag:
    """When a slice was exposed and where it was focused.

    Attributes
    ----------
    sweep_id, slot
        Number of the sweep since the start, and index in the sweep plan.
    frame_id
        The camera's own count of frames; a step of more than one is a gap.
    sweep_coordinate
        0 at the far limit of the sweep, 1 at the near limit, linear in what the scale counts in: dioptres,
        or height under a microscope. Overscan may leave [0, 1].
    focus_dpt, focus_dpt_commanded
        Object-side vergence 1/z the slice was focused at, as best known, and as asked of the lens.
        None where only the order of the slices is known, or their height.
    exposure_mid_ns, clock
        Middle of the exposure, in nanoseconds since the epoch, and whose clock stamped it.
    direction
        +1 while the focus goes nearer, -1 while it goes farther.
    focus_speed_dpt_s
        Speed of the focus in the middle of the exposure, negative while it goes farther; None where unknown.
    row_span
        Sweep coordinate of the last row minus that of the first: not 0 under a rolling shutter while the
        focus moves. `sweep_coordinate` is that of the middle row.
    settling
        True while the lens still moves after a step or a turn: not fit for depth.
    last_in_sweep
        True for the slice that completes its sweep.
    temperature_c
        Of the lens, where it reports one.
    slices_lost
        How many slices the source has lost since the start, until this one.
    slots
        Slices that its sweep has when nothing is lost; None where that is not known beforehand.
    number
        Slices of its sweep that come before it when nothing is lost, where `slots` does not tell; None where
        it does, or where nobody knows.
    passed
        Exposures that nobody needed since the slice before, such as those while the sweep waited for the
        reader; frame ids count them, and they are no losses.
    reconnects
        How often a device was lost and found again before this slice. The sweep before the count grew was
        broken off; its last maps say so (`DepthUpdate.broken`).
    active
        In a sweep whose slots are chosen as it goes (``--sweep.waveform active``): whether more slices come,
        or why this one is the last, because enough is known or the most slots are taken. `slot` is then the
        nearest one of a uniform sweep. None in other sweeps.
    held
        The lens was held by hand: the slice is of no sweep, and for looking at only.
    """

    sweep_id: int
    slot: int
    frame_id: int
    sweep_coordinate: float
    focus_dpt: float | None
    focus_dpt_commanded: float | None
    exposure_mid_ns: int
    clock: Literal["device", "host"]
    direction: Literal[-1, 1] = 1
    focus_speed_dpt_s: float | None = None
    row_span: float = 0.0
    settling: bool = False
    last_in_sweep: bool = False
    temperature_c: float | None = None
    slices_lost: int = 0
    slots: int | None = None
    number: int | None = None
    passed: int = 0
    reconnects: int = 0
    active: Active | None = None
    held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FocalSlice:
    """One focal slice: a read-only image and its tag.

    Attributes
    ----------
    image
        (H, W) or (H, W, 3) uint8 or uint16, made read-only here; colour is blue-green-red.
    tag
        When and where it was focused.
    scale
        What the sweep coordinate means, in dioptres or in height; None where only the order is known.
    intrinsics
        Of this image; None where unknown.
    no_depth
        (H, W), True where depth cannot be known, such as where some image of a stack is transparent; the same
        for all slices of a source. None where there is no such pixel.
    """

    image: Image
    tag: SliceTag
    scale: Scale | None = None
    intrinsics: Intrinsics | None = None
    no_depth: BoolMap | None = None

    def __post_init__(self) -> None:
        """Check the image and forbid writing to it: several readers share it."""
        check_image(self.image)
        self.image.flags.writeable = False


def check_image(image: NDArray[Any]) -> None:
    """Raise ValueError unless `image` is (H, W) or (H, W, 3) and uint8 or uint16."""
    right_shape = image.ndim == 2 or (image.ndim == 3 and image.shape[2] == 3)
    if not right_shape or image.dtype not in (np.uint8, np.uint16) or image.size == 0:
        raise ValueError(f"a slice is (H, W) or (H, W, 3), uint8 or uint16; got {image.shape} {image.dtype}")
