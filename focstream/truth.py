"""What a simulator knows of its scene, as a map would say it."""

from focstream.depth_update import DepthUpdate, FloatMap
from focstream.focus_scale import FocusScale


def true_coordinate(update: DepthUpdate, truth_vergence_dpt: FloatMap | None) -> FloatMap | None:
    """(H, W) true sweep coordinate for the sweep of a map; None without truth, or without dioptres."""
    if truth_vergence_dpt is None or not isinstance(update.scale, FocusScale):
        return None
    return update.scale.to_coordinate(truth_vergence_dpt)
