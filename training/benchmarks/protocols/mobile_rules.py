"""Which images of a Mobile Depth stack are taken, and where they count as focused, by protocol.

The calibration of the stacks was found together with their depth (Suwajanakorn et al., CVPR 2015), so it is
right up to a scale, and in some scenes not even the order of size is. Protocols mend that in their own ways.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from focstream.types import InputError
from training.benchmarks.protocols.rules import Padding

MobileProtocol = Literal["dfv", "aifdepthnet", "dioptres"]

REVERSED_SCENES = ("metals",)
"""Scenes whose calibrated distances run the wrong way."""
_EVEN_SCENES = ("window",)
_LARGEST_RATIO = 10.0
_DFV_IMAGES, _AIF_IMAGES = 5, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class MobileRules:
    """How one protocol reads the stacks.

    Attributes
    ----------
    protocol
        Whose code it is; "dioptres" is ours.
    shorter_px
        The shorter side of the images is scaled to this; None leaves them.
    padding
        Of the images; the map is cropped again.
    text
        What it does, in words.
    """

    protocol: MobileProtocol
    shorter_px: int | None
    padding: Padding
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenImage:
    """One image that is taken.

    Attributes
    ----------
    index
        In the order of the files.
    coordinate
        Sweep coordinate.
    """

    index: int
    coordinate: float


MOBILE_RULES = (
    MobileRules(
        protocol="dfv",
        shorter_px=224,
        padding="black above",
        text="5 images, evenly; coordinates even in distance, or by rank where it spans more than tenfold "
        "and in metals and window",
    ),
    MobileRules(
        protocol="aifdepthnet",
        shorter_px=None,
        padding="black",
        text="every (n // 10)th image; coordinates by rank",
    ),
    MobileRules(
        protocol="dioptres",
        shorter_px=None,
        padding="none",
        text="all images; coordinates linear in 1 / distance, or by rank where it spans more than tenfold "
        "and in window",
    ),
)


def taken_images(protocol: MobileProtocol, scene: str, distances: Sequence[float]) -> tuple[TakenImage, ...]:
    """Images of a stack that a protocol takes, the farthest first.

    Parameters
    ----------
    protocol, scene
        Of which, and the name of the images' folder.
    distances
        Calibrated focus distance of every image.

    Raises
    ------
    InputError
        When the distances are all the same.
    """
    if len(set(distances)) < 2:
        raise InputError(f"{scene}: the calibrated distances are all the same; copy the data set again")
    order = np.argsort(distances, kind="stable")
    near_first = order[::-1] if scene in REVERSED_SCENES else order
    depth = _depth_of_ranks(protocol, scene, np.asarray(distances, np.float64))
    ranks = _ranks(protocol, len(distances))
    low, high = depth[ranks[0]], depth[ranks[-1]]
    return tuple(
        TakenImage(index=int(near_first[rank]), coordinate=float((high - depth[rank]) / (high - low)))
        for rank in reversed(ranks)
    )


def _ranks(protocol: MobileProtocol, count: int) -> list[int]:
    """Places of the images that are taken, counted from the nearest."""
    if protocol == "dfv":
        return [int(rank) for rank in np.linspace(0, count - 1, min(_DFV_IMAGES, count)).round()]
    if protocol == "aifdepthnet":
        return list(range(0, count, max(count // _AIF_IMAGES, 1)))
    return list(range(count))


def _depth_of_ranks(protocol: MobileProtocol, scene: str, distances: np.ndarray) -> np.ndarray:
    """Rise from the nearest image to the farthest, 0 … 1."""
    rising = np.sort(distances)
    even = protocol == "aifdepthnet" or scene in _EVEN_SCENES or rising[0] * _LARGEST_RATIO < rising[-1]
    if even or (protocol == "dfv" and scene in REVERSED_SCENES):
        return np.linspace(0.0, 1.0, len(rising))
    values = rising if protocol == "dfv" else -1.0 / rising
    if scene in REVERSED_SCENES:
        values = -values[::-1]
    depth: np.ndarray = (values - values[0]) / (values[-1] - values[0])
    return depth
