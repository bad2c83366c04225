import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F  # noqa: N812

from inference.network.upsampling import CORNERS, bilinear_logits, mix_corners


def test_without_learned_weights_it_is_nearly_bilinear() -> None:
    cells = torch.rand(1, 1, 6, 7, generator=torch.Generator().manual_seed(0))
    expected = F.interpolate(cells, scale_factor=4.0, mode="bilinear", align_corners=False)
    mixed = F.pixel_shuffle(mix_corners(cells, torch.zeros(1, CORNERS * 16, 6, 7)), 4)
    assert (mixed - expected).abs().max() < 0.03  # every corner has a share of a hundredth more
    ramp = torch.arange(8.0).expand(1, 1, 8, 8)
    inside = F.pixel_shuffle(mix_corners(ramp, torch.zeros(1, CORNERS * 16, 8, 8)), 4)[..., 8:-8]
    steps = torch.diff(inside, dim=3)
    assert (steps > 0.15).all()
    assert (steps < 0.35).all()


@given(corner=st.integers(0, 3), pixel=st.integers(0, 15))
def test_a_pixel_can_take_any_corner_as_it_is(corner: int, pixel: int) -> None:
    cells = torch.arange(9.0).reshape(1, 1, 3, 3)
    logits = torch.zeros(1, CORNERS * 16, 3, 3)
    logits[0, corner * 16 + pixel] = 40.0
    chosen = mix_corners(cells, logits)[0, pixel, 1, 1]
    row, column = pixel // 4 // 2 + corner // 2, pixel % 4 // 2 + corner % 2
    assert abs(float(chosen) - (3 * row + column)) < 1e-4


def test_weights_of_a_pixel_sum_to_about_one() -> None:
    shares = bilinear_logits().exp().sum(dim=0)
    assert (shares > 1.0).all()
    assert (shares < 1.1).all()
