"""How often each effect of lens, sweep and scene is drawn for a rendered stack."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Shares of rendered stacks; all are probabilities, and all 0 is the plain world of the first renderer.

    Attributes
    ----------
    polygon, ring, square, gaussian, points
        Apertures that are not discs: 5 to 9 blades; an annulus; a square; a Gaussian; 2 × 2 to 9 × 9
        pinholes, or a cross of pinholes.
    spherical
        Light shifted to the rim on one side of focus and to the middle on the other.
    cats_eye
        Aperture cut off by the lens barrel: the same all over the images, as in a piece of a larger picture,
        or, in a fifth of these, growing from their middle to their corners.
    astigmatic
        Two directions focused at different vergences.
    wide
        Blur gain drawn from 48 to 96 px instead of the range asked for.
    gap
        No slice in a part of the sweep, a third to two thirds of it.
    doubled
        Several slices at the same position.
    uneven
        Slices denser towards one end.
    partial
        Things nearer and farther than the limits of the sweep.
    narrow
        All things within a part of the sweep.
    plain
        Texture taken out of a part of the scene, or of all of it, which is also made dark in half of these.
    """

    polygon: float = 0.0
    ring: float = 0.0
    square: float = 0.0
    gaussian: float = 0.0
    points: float = 0.0
    spherical: float = 0.0
    cats_eye: float = 0.0
    astigmatic: float = 0.0
    wide: float = 0.0
    gap: float = 0.0
    doubled: float = 0.0
    uneven: float = 0.0
    partial: float = 0.0
    narrow: float = 0.0
    plain: float = 0.0


PLAIN = World()
VARIED = World(
    polygon=0.15,
    ring=0.08,
    square=0.07,
    gaussian=0.1,
    points=0.15,
    spherical=0.2,
    cats_eye=0.12,
    astigmatic=0.12,
    wide=0.04,
    gap=0.12,
    doubled=0.08,
    uneven=0.12,
    partial=0.2,
    narrow=0.08,
    plain=0.25,
)
"""What `--world varied` draws from; docs/train/training.md lists it."""
