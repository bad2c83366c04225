"""What maps say of slices that are missing in their sweep."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.policies import RefineEstimator, RollingEstimator
from tests.inference.memory_model import BLANK, MemoryModel, play, seen
from tests.inference.slices import focal_slice

both = pytest.mark.parametrize("policy", [RefineEstimator, RollingEstimator])


def slot(number, of, *, lost=0, sweep=0, slots=4, known=False, **tag):
    last = number == (slots - 1 if tag.get("direction", 1) > 0 else 0)
    made = focal_slice(BLANK, of, sweep=sweep, slot=number, last=last, slices_lost=lost, **tag)
    return replace(made, tag=replace(made.tag, slots=slots)) if known else made


def marks(policy, slices):
    return [(one.tag.sweep_id, one.final, one.broken) for one in play(policy(MemoryModel()), slices)]


def test_a_sweep_without_its_last_slice_is_marked_in_its_final_map():
    slices = [slot(0, 0.0), slot(1, 0.1), slot(0, 1.0, sweep=1, reconnects=1)]
    assert marks(RefineEstimator, slices) == [
        (0, False, False),
        (0, False, False),
        (0, True, True),
        (1, True, True),  # ended by finish()
    ]


@both
def test_a_whole_sweep_is_not_marked(policy):
    slices = [slot(number, number / 10, sweep=sweep) for sweep in range(2) for number in range(4)]
    assert not any(broken for *_, broken in marks(policy, slices))


def test_a_slot_that_was_dropped_is_marked_from_then_on():
    slices = [slot(0, 0.0), slot(2, 0.2, lost=1), slot(3, 0.3, lost=1)]
    assert marks(RefineEstimator, slices) == [(0, False, False), (0, False, True), (0, True, True)]


def test_the_first_slots_may_be_dropped_too():
    before = [slot(number, number / 10) for number in range(4)]
    after = [slot(number, 1 + number / 10, lost=2, sweep=1) for number in (2, 3)]
    assert marks(RefineEstimator, before + after)[-2:] == [(1, False, True), (1, True, True)]


def test_a_far_going_sweep_begins_where_the_near_going_one_ended():
    near = [slot(number, number / 10) for number in range(4)]
    far = [slot(n, 1 + n / 10, lost=5, sweep=1, direction=-1) for n in (3, 2, 1, 0)]
    assert marks(RefineEstimator, near + far)[-1] == (1, True, False)
    assert marks(RefineEstimator, near + far[1:])[-1] == (1, True, True)


def test_an_exposure_that_was_taken_again_breaks_nothing():
    slices = [slot(0, 0.0), slot(1, 0.1, lost=1), slot(2, 0.2, lost=3), slot(3, 0.3, lost=3)]
    assert marks(RefineEstimator, slices)[-1] == (0, True, False)


@st.composite
def sweeps_with_losses(draw):
    """Slices of some sweeps of a triangle, some lost anywhere, and which sweeps are whole."""
    slots = draw(st.integers(2, 6))
    slices, whole, lost = [], {}, 0
    for number in range(draw(st.integers(1, 5))):
        direction = 1 - 2 * (number % 2) if draw(st.booleans()) else 1
        kept = draw(st.lists(st.booleans(), min_size=slots, max_size=slots))
        order = range(slots)[::direction]
        for at, keep in zip(order, kept, strict=True):
            lost += not keep
            if keep:
                slices.append(
                    slot(at, number + at / 10, lost=lost, sweep=number, slots=slots, direction=direction,
                         known=True)
                )  # fmt: skip
        if any(kept):
            whole[number] = all(kept)
    return slices, whole


@both
@given(made=sweeps_with_losses(), told=st.booleans(), pipeline=st.booleans())
def test_a_final_map_is_broken_if_and_only_if_its_sweep_is_incomplete(policy, made, told, pipeline):
    """Also where nobody counted the losses, and whether or not finish() is called when a sweep changes."""
    slices, whole = made
    if not told:
        slices = [replace(one, tag=replace(one.tag, slices_lost=0)) for one in slices]
    estimator = policy(MemoryModel())
    updates, before = [], None
    for one in slices:
        if pipeline and before not in (None, one.tag.sweep_id):
            updates.append(estimator.finish())
        updates.append(estimator.push(one))
        before = one.tag.sweep_id
    finals = [one for one in [*updates, estimator.finish()] if one is not None and one.final]
    assert {one.tag.sweep_id: not one.broken for one in finals} == whole


def test_a_slot_that_was_taken_twice_makes_up_for_no_other():
    slices = [slot(n, n / 10, known=True) for n in (0, 1, 1, 3)]
    assert marks(RefineEstimator, slices)[-1] == (0, True, True)


def test_rolling_never_mixes_slices_from_before_and_after_a_loss():
    before = [slot(number, number / 10) for number in range(4)]
    cut = [slot(number, 1 + number / 10, sweep=1) for number in range(2)]
    after = [slot(n, 2 + n / 10, sweep=2, reconnects=1) for n in range(2)]  # cut short too
    updates = play(RollingEstimator(MemoryModel()), before + cut + after)
    assert seen(updates[-1]) == [2.0, 2.1]
    assert (updates[-1].final, updates[-1].broken) == (True, True)


def test_rolling_does_not_mix_directions_under_a_rolling_shutter():
    slices = [
        slot(n if sweep % 2 == 0 else 3 - n, sweep + n / 10, sweep=sweep, direction=1 - 2 * (sweep % 2),
             row_span=0.1 * (1 - 2 * (sweep % 2)))
        for sweep in range(3)
        for n in range(4)
    ]  # fmt: skip
    updates = play(RollingEstimator(MemoryModel()), slices)
    assert [one.final for one in updates] == [True] * 3
    assert seen(updates[1]) == [1.0, 1.1, 1.2, 1.3]
