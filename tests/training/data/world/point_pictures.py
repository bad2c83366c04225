"""Pictures of one bright point through a lens, and what is measured in them."""

from collections.abc import Sequence

import numpy as np

from capture.simulator.optics.layer import to_layers
from capture.simulator.optics.surface import Surface
from training.data.stack import margin_of, optics_of
from training.data.world.aperture import Aperture
from training.data.world.bokeh import Bokeh
from training.data.world.lens import DISC, WIDEST_RANGES, FieldPart, render_through

SIDE = 96
GREY = 2.0
"""Behind the point, so that the ringing of sharp edges does not end at 0."""
POINT = 10.0


def lens(
    nearer: Aperture, farther: Aperture | None = None, *, gain_px: float = 32.0, **changes: float
) -> tuple[FieldPart, ...]:
    bokeh = Bokeh(
        nearer=nearer,
        farther=nearer if farther is None else farther,
        gain_px=gain_px,
        widest_px=gain_px * WIDEST_RANGES,
        **changes,
    )
    return (FieldPart(blur=bokeh, share=None),)


def point_picture(
    field: Sequence[FieldPart] = DISC,
    *,
    defocus: float,
    gain_px: float = 32.0,
    at: tuple[int, int] | None = None,
    side: int = SIDE,
) -> np.ndarray:
    """(side, side) share of a point's light in each pixel; the point is `defocus` nearer than the focus.

    It lies at a row and column, or in the middle.
    """
    margin_px = margin_of(gain_px)
    radiance = np.full((side + 2 * margin_px,) * 2, GREY, np.float32)
    row, column = (side // 2, side // 2) if at is None else at
    radiance[row + margin_px, column + margin_px] += POINT
    whole = np.ones_like(radiance)
    wall = Surface(radiance=radiance, coverage=whole, vergence_dpt=whole)
    optics, focus = optics_of(gain_px), 1.0 - defocus
    layers = to_layers([wall], optics=optics, focus_dpt=[focus], margin_px=margin_px)
    field = [
        FieldPart(blur=part.blur, share=None if part.share is None else part.share[..., 0]) for part in field
    ]
    image = render_through(field, layers, optics=optics, focus_dpt=focus, image_shape=(side, side))
    return (image.astype(np.float64) - GREY) / POINT


def moments(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Middle (x, y) of the light, and its 2 × 2 covariance in px²."""
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]]
    places = np.stack((columns, rows), axis=-1).reshape(-1, 2)
    share = picture.ravel() / picture.sum()
    middle = share @ places
    apart = places - middle
    return middle, (share[:, None] * apart).T @ apart


def spread(picture: np.ndarray) -> float:
    """Mean squared distance from the middle of the light, in px²."""
    return float(np.trace(moments(picture)[1]))


def within(picture: np.ndarray, radius_px: float) -> np.ndarray:
    """Picture without the faint far traces, below one percent, that a table looked up leaves."""
    near = np.where(radii(picture) < radius_px, picture, 0.0)
    assert abs(near.sum() - 1.0) < 1e-2
    return near


def radii(picture: np.ndarray) -> np.ndarray:
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]]
    return np.hypot(rows - picture.shape[0] // 2, columns - picture.shape[1] // 2)


def peaks(picture: np.ndarray) -> int:
    """Count the places that are brighter than their neighbours and than a third of the brightest."""
    inner = picture[1:-1, 1:-1]
    around = [
        picture[1 + down : picture.shape[0] - 1 + down, 1 + right : picture.shape[1] - 1 + right]
        for down in (-1, 0, 1)
        for right in (-1, 0, 1)
        if (down, right) != (0, 0)
    ]
    return int(np.sum((inner >= np.max(around, axis=0)) & (inner > picture.max() / 3)))
