"""Which depths to write beside a colour scale that is linear in the sweep coordinate."""

from dataclasses import dataclass

from focstream.types import HeightScale, Scale

_MANTISSAS = (1.0, 2.0, 5.0, 3.0, 1.5, 4.0, 7.0)  # rounder ones first
_EXPONENTS = range(-3, 4)
_SHARES = (0.0, 1.0, 0.5, 0.25, 0.75)  # of a height


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A text and where it belongs on the scale.

    Attributes
    ----------
    coordinate
        Sweep coordinate, 0 far … 1 near.
    text
        ASCII.
    """

    coordinate: float
    text: str


def labels_of(scale: Scale | None) -> list[Label]:
    """Labels in the order of their importance: both limits, then round depths between them.

    Without a focus scale only the words far and near.
    """
    if scale is None:
        return [Label(coordinate=0.0, text="far"), Label(coordinate=1.0, text="near")]
    if isinstance(scale, HeightScale):
        heights_um = [scale.to_um(share) for share in _SHARES]
        return [
            Label(coordinate=share, text=f"{height_um:.4g} um")
            for share, height_um in zip(_SHARES, heights_um, strict=True)
        ]
    far = "infinity" if scale.far_dpt == 0.0 else _metres(1.0 / scale.far_dpt)
    limits = [Label(coordinate=0.0, text=far), Label(coordinate=1.0, text=_metres(1.0 / scale.near_dpt))]
    round_depths_m = [m * 10.0**e for m in _MANTISSAS for e in _EXPONENTS]
    between = [
        Label(coordinate=scale.to_coordinate(1.0 / depth_m), text=_metres(depth_m))
        for depth_m in round_depths_m
        if scale.far_dpt < 1.0 / depth_m < scale.near_dpt
    ]
    return limits + between


def _metres(depth_m: float) -> str:
    return f"{depth_m * 1000:.3g} mm" if depth_m < 0.1 else f"{depth_m:.3g} m"
