"""Procedural scenes with known depth, the same for the same kind and seed."""

import math
import zlib
from collections.abc import Callable

import numpy as np

from capture.simulator.optics.numbers import Optics
from capture.simulator.optics.surface import Scene, Surface, assemble_scene
from capture.simulator.scenes.canvas import Canvas
from capture.simulator.scenes.cards import cards
from capture.simulator.scenes.fence import fence
from capture.simulator.scenes.grounds import relief, steps
from capture.simulator.scenes.recipe import Recipe
from capture.simulator.scenes.still_life import mixed, tabletop
from focstream.types import InputError, Intrinsics

SCENES: dict[str, Callable[[Recipe], list[Surface]]] = {
    "tabletop": tabletop,
    "cards": cards,
    "steps": steps,
    "relief": relief,
    "fence": fence,
    "mixed": mixed,
}
"""Every kind of scene by name."""

_SPARE_PX = 10  # for the tail of the blur and for breathing


def make_scene(
    kind: str,
    seed: int,
    *,
    width_px: int = 640,
    height_px: int = 480,
    far_dpt: float = 0.5,
    near_dpt: float = 4.5,
    optics: Optics | None = None,
    margin_px: int | None = None,
    overscan_dpt: float = 1.0,
    colour: bool = False,
) -> Scene:
    """Make a scene whose vergence fills the range from `far_dpt` to `near_dpt`.

    Parameters
    ----------
    kind
        A key of `SCENES`.
    seed
        Not negative; another seed is another scene of the same kind.
    width_px, height_px
        Of the image without its margin.
    far_dpt, near_dpt
        Limits of the scene's vergence.
    optics
        Lens and sensor: the intrinsics follow from them.
    margin_px
        Around the image; by default as much as blur needs.
    overscan_dpt
        How far beyond the scene's range the focus may go, for the default margin.
    colour
        Blue-green-red instead of grey.

    Raises
    ------
    InputError
        For an unknown kind, a negative seed or limits out of order.
    """
    _check(kind, seed=seed, far_dpt=far_dpt, near_dpt=near_dpt, size_px=(width_px, height_px))
    optics = optics or Optics()
    if margin_px is None:
        widest_px = (near_dpt - far_dpt + overscan_dpt) * optics.blur_px_per_dpt
        margin_px = math.ceil(widest_px / 2.0) + _SPARE_PX
    canvas = Canvas(width_px=width_px, height_px=height_px, margin_px=margin_px, colour=colour)
    rng = np.random.default_rng([seed, zlib.crc32(kind.encode())])
    surfaces = SCENES[kind](Recipe(canvas=canvas, rng=rng, far_dpt=far_dpt, near_dpt=near_dpt))
    return assemble_scene(
        surfaces,
        margin_px=margin_px,
        intrinsics=Intrinsics(
            fx_px=optics.focal_length_px,
            fy_px=optics.focal_length_px,
            cx_px=(width_px - 1) / 2,
            cy_px=(height_px - 1) / 2,
        ),
    )


def _check(kind: str, *, seed: int, far_dpt: float, near_dpt: float, size_px: tuple[int, int]) -> None:
    if kind not in SCENES:
        raise InputError(f"unknown scene {kind!r}: choose one of {', '.join(SCENES)}")
    if seed < 0:
        raise InputError(f"the seed of a scene must not be negative, got {seed}")
    if not 0.0 < far_dpt < near_dpt:
        raise InputError(f"need 0 < far_dpt < near_dpt, got {far_dpt} and {near_dpt} dpt")
    if min(size_px) < 16:
        raise InputError(f"a scene needs at least 16 x 16 px, got {size_px[0]} x {size_px[1]}")
