"""A short text that two depth maps share only when they are the same to the bit."""

import hashlib

import numpy as np

from focstream.depth_update import DepthUpdate
from focstream.focus_scale import FocusScale
from focstream.height_scale import Scale


def digest_of(update: DepthUpdate) -> str:
    """Sixteen hexadecimal digits over depth, σ and all-in-focus image, and what they mean.

    Time stamps do not count, nor does what computed the map: a replay gives the digest of the live run
    when it gives the same map.
    """
    told = hashlib.sha256()
    told.update(repr((update.tag.slot, update.slices_seen, _limits(update.scale))).encode())
    for values in (update.coordinate, update.coordinate_sigma, update.all_in_focus):
        told.update(repr((values.shape, values.dtype.str)).encode())
        told.update(np.ascontiguousarray(values).data)
    return told.hexdigest()[:16]


def _limits(scale: Scale | None) -> tuple[float | str, ...] | None:
    if scale is None:
        return None
    if isinstance(scale, FocusScale):
        return scale.far_dpt, scale.near_dpt
    return scale.unit, scale.far_um, scale.near_um
