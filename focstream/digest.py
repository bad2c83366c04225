"""A short text that two depth maps share only when they are the same to the bit."""

import hashlib

import numpy as np

from focstream.depth_update import DepthUpdate


def digest_of(update: DepthUpdate) -> str:
    """Sixteen hexadecimal digits over depth, σ and all-in-focus image, and what they mean in dioptres.

    Time stamps do not count, nor does what computed the map: a replay gives the digest of the live run
    when it gives the same map.
    """
    told = hashlib.sha256()
    scale = update.scale
    limits = None if scale is None else (scale.far_dpt, scale.near_dpt)
    told.update(repr((update.tag.slot, update.slices_seen, limits)).encode())
    for values in (update.coordinate, update.coordinate_sigma, update.all_in_focus):
        told.update(repr((values.shape, values.dtype.str)).encode())
        told.update(np.ascontiguousarray(values).data)
    return told.hexdigest()[:16]
