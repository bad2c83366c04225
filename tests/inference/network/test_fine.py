"""The coarse depth: where the focus curve is highest."""

from dataclasses import fields
from random import Random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from inference.network.config import FOCUS_MOMENTS, NetworkConfig
from inference.network.fine import FineState, attend_focus, attend_focus_all, focus_curve, initial_fine
from inference.network.fusion import initial_attention

TINY = NetworkConfig(fine=6, mid=6, tokens=8, layers=1, heads=2, groups=2)


def focused(coordinates: list[float], logits: Tensor) -> FineState:
    """State after slices whose focus logits are (S,)."""
    blank = torch.zeros(1, 6, 1, 1, dtype=logits.dtype)
    focus, centre = initial_attention(blank, groups=1, channels=FOCUS_MOMENTS), blank[:, :1]
    for coordinate, logit in zip(coordinates, logits, strict=True):
        focus, centre = attend_focus(
            focus,
            centre,
            logit=logit.reshape(1, 1, 1, 1),
            coordinate=torch.tensor([coordinate]),
            colour=blank[:, :0],
        )
    start = initial_fine(TINY, fine=blank, mid=blank)
    return FineState(focus=focus, centre=centre, fine=start.fine, mid=start.mid, previous=start.previous)


def found(coordinates: list[float], logits: Tensor) -> tuple[float, float]:
    curve = focus_curve(focused(coordinates, logits))
    return curve.vertex.item(), curve.spread.item()


@settings(max_examples=60)
@given(
    depth=st.floats(0.1, 0.9),
    width=st.floats(0.1, 0.25),
    height=st.floats(-20.0, 20.0),
    jitter=st.lists(st.floats(-0.35, 0.35), min_size=9, max_size=9),
)
def test_a_bell_curve_is_found_however_the_slices_lie(
    depth: float, width: float, height: float, jitter: list[float]
) -> None:
    coordinates = [min(max((k + jitter[k]) / 8, 0.0), 1.0) for k in range(9)]
    logits = height - (torch.tensor(coordinates) - depth) ** 2 / (2 * width**2)
    mean, spread = found(coordinates, logits)
    assert mean == pytest.approx(depth, abs=0.03)
    assert 0.0 < spread < 0.3


def test_the_plain_mean_would_lean_to_where_slices_are_dense() -> None:
    coordinates = [0.0, 0.2, 0.4, 0.45, 0.5, 0.55, 0.6, 0.8, 1.0]
    logits = -((torch.tensor(coordinates) - 0.35) ** 2) / (2 * 0.12**2)
    plain = (torch.softmax(logits, 0) * torch.tensor(coordinates)).sum().item()
    assert abs(plain - 0.35) > 3 * abs(found(coordinates, logits)[0] - 0.35)


@pytest.mark.parametrize("coordinate", [0.0, 0.3, 1.0])
def test_one_slice_says_its_own_coordinate(coordinate: float) -> None:
    assert found([coordinate], torch.tensor([2.5]))[0] == pytest.approx(coordinate, abs=1e-3)


@settings(max_examples=60)
@given(
    slices=st.lists(st.tuples(st.floats(-0.2, 1.2), st.floats(-60.0, 60.0)), min_size=1, max_size=40),
)
def test_whatever_the_logits_the_estimate_stays_near_the_slices(slices: list[tuple[float, float]]) -> None:
    coordinates = [c for c, _ in slices]
    mean, spread = found(coordinates, torch.tensor([logit for _, logit in slices]))
    reach = 0.75 * spread + 2e-3
    assert min(coordinates) - reach <= mean <= max(coordinates) + reach


@settings(max_examples=60)
@given(
    slices=st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(-30.0, 30.0)), min_size=2, max_size=20),
    random=st.randoms(use_true_random=False),
)
def test_the_order_of_the_slices_does_not_matter(slices: list[tuple[float, float]], random: Random) -> None:
    """The moments move with their centre without losing precision, whichever slice wins when."""
    shuffled = list(slices)
    random.shuffle(shuffled)
    (one, _), (other, _) = (
        found([c for c, _ in order], torch.tensor([logit for _, logit in order]))
        for order in (slices, shuffled)
    )
    assert one == pytest.approx(other, abs=2e-4)


def test_its_gradient_is_finite_from_the_first_slice_on() -> None:
    for count in range(1, 5):
        logits = torch.linspace(0.0, 30.0, count).requires_grad_()
        curve = focus_curve(focused([0.1 * k for k in range(count)], logits))
        total = sum(getattr(curve, part.name).sum() for part in fields(curve))
        (gradient,) = torch.autograd.grad(total, logits)
        assert torch.isfinite(gradient).all()


def test_a_parabola_leaves_no_residual_and_an_odd_slice_does() -> None:
    coordinates = [k / 8 for k in range(9)]
    logits = -((torch.tensor(coordinates) - 0.5) ** 2) / (2 * 0.2**2)
    smooth = focus_curve(focused(coordinates, logits))
    assert smooth.residual.item() < 0.2  # not 0: a fit of few slices is held back a little
    odd = logits.clone()
    odd[1] += 2.5
    assert focus_curve(focused(coordinates, odd)).residual.item() > 3 * smooth.residual.item()


def test_the_curve_bends_more_the_narrower_it_is_and_its_level_is_below_the_peak() -> None:
    coordinates = [k / 16 for k in range(17)]
    wide, narrow = (
        focus_curve(focused(coordinates, -((torch.tensor(coordinates) - 0.5) ** 2) / (2 * width**2)))
        for width in (0.5, 0.1)
    )
    assert narrow.bend > wide.bend > 0.0
    assert narrow.spread < wide.spread
    assert narrow.level < 0.0


def test_the_vertex_lies_beside_the_sharpest_slice_by_as_much_as_is_said() -> None:
    coordinates = [0.0, 0.4, 0.6, 1.0]
    logits = -((torch.tensor(coordinates) - 0.46) ** 2) / (2 * 0.2**2)
    curve = focus_curve(focused(coordinates, logits))
    assert curve.vertex.item() - curve.aside.item() == pytest.approx(0.4)


@settings(max_examples=60)
@given(slices=st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(-30.0, 30.0)), min_size=2, max_size=20))
def test_moments_slice_by_slice_are_those_of_the_whole_stack(slices: list[tuple[float, float]]) -> None:
    coordinates = [c for c, _ in slices]
    logits = torch.tensor([logit for _, logit in slices])
    one = focused(coordinates, logits).focus.mean()
    whole, _ = attend_focus_all(
        logit=logits.reshape(1, -1, 1, 1, 1),
        coordinate=torch.tensor([coordinates]),
        colour=torch.zeros(1, len(slices), 0, 1, 1),
    )
    assert torch.allclose(one, whole.mean(), atol=2e-3)
