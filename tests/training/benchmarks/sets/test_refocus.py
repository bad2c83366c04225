import numpy as np

from tests.training.benchmarks.tiny_sets import light_field
from training.benchmarks.sets.refocus import refocused


def test_a_plane_is_sharp_where_it_is_and_nowhere_else() -> None:
    views = light_field(2, side_px=24)
    away, sharp = refocused(views, (-2.0, 2.0))
    middle = views[4, 4].astype(int)
    assert np.abs(sharp.astype(int) - middle).max() <= 1  # rounding down
    assert np.abs(away.astype(int) - middle).mean() > 20


def test_a_plane_between_whole_disparities_is_sharp_too() -> None:
    side, disparity_px = 32, 0.3
    row, column, camera_row, camera_column = np.ogrid[:side, :side, -4:5, -4:5]
    phase = (column + disparity_px * camera_column) * 5 + (row + disparity_px * camera_row) * 3
    field = np.rint(127 + 100 * np.cos(2 * np.pi * phase / side)).astype(np.uint8)  # (H, W, V, U)
    views = np.ascontiguousarray(
        np.broadcast_to(field[..., None], (*field.shape, 3)).transpose(2, 3, 0, 1, 4)
    )
    away, sharp = refocused(views, (-disparity_px, disparity_px))
    middle = views[4, 4].astype(int)
    assert np.abs(sharp.astype(int) - middle).max() <= 2
    assert np.abs(away.astype(int) - middle).max() > 20


def test_values_are_rounded_down_to_eight_bits() -> None:
    views = np.full((9, 9, 8, 8, 3), 7, np.uint8)
    views[0, 0] = 8
    (image,) = refocused(views, (0.0,))
    assert image.dtype == np.uint8
    assert (image == 7).all()
