"""When states restart and which maps come out, with a model that only remembers what it was shown."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from focstream.types import FocusScale, InputError
from inference.config import InferenceConfig
from inference.policies import RefineEstimator, RollingEstimator, make_estimator
from inference.sharpness import SharpnessModel
from tests.inference.memory_model import BLANK, MemoryModel, OtherStep, play, seen, sweep
from tests.inference.slices import focal_slice, grey

both = pytest.mark.parametrize("policy", [RefineEstimator, RollingEstimator])


def test_refine_shows_every_slice_and_restarts():
    updates = play(RefineEstimator(MemoryModel()), sweep(0) + sweep(1))
    assert [update.slices_seen for update in updates] == [1, 2, 3, 1, 2, 3]
    assert [update.final for update in updates] == [False, False, True] * 2
    assert seen(updates[-1]) == [1.0, 1.01, 1.02]


def test_rolling_shows_only_whole_sweeps():
    updates = play(RollingEstimator(MemoryModel()), sweep(0) + sweep(1) + sweep(2))
    assert [update.slices_seen for update in updates] == [3, 4, 5, 3, 4, 5, 3]
    assert [update.final for update in updates] == [True, False, False, True, False, False, True]
    assert seen(updates[1]) == [0.0, 0.01, 0.02, 1.0]
    assert seen(updates[4]) == [1.0, 1.01, 1.02, 2.0]


def test_rolling_encodes_every_slice_once():
    model = MemoryModel()
    play(RollingEstimator(model), sweep(0) + sweep(1) + sweep(2))
    assert model.encoded == 9


def test_rolling_recovers_from_a_sweep_cut_short():
    slices = sweep(0) + sweep(1, slices=2, last=False) + sweep(2) + sweep(3)
    updates = play(RollingEstimator(MemoryModel()), slices)
    assert [update.tag.sweep_id for update in updates if update.final] == [0, 1, 2, 3]
    cut = next(update for update in updates if update.final and update.tag.sweep_id == 1)
    assert seen(cut) == [0.0, 0.01, 0.02, 1.0, 1.01]
    in_sweep_2 = [update for update in updates if update.tag.sweep_id == 2]
    assert [update.final for update in in_sweep_2] == [True]


def test_rolling_shares_no_state_over_a_pause_or_another_scale():
    far, near = FocusScale(far_dpt=0.5, near_dpt=2.0), FocusScale(far_dpt=0.5, near_dpt=4.0)
    after_a_pause = sweep(0) + sweep(5)
    rescaled = [replace(one, scale=far) for one in sweep(0)] + [replace(one, scale=near) for one in sweep(1)]
    for slices in (after_a_pause, rescaled):
        updates = play(RollingEstimator(MemoryModel()), slices)
        assert [(update.slices_seen, update.final) for update in updates] == [(3, True), (3, True)]


@both
def test_finish_before_the_next_sweep_gives_the_final_map(policy):
    estimator = policy(MemoryModel())
    for one in sweep(0, last=False):
        estimator.push(one)
    final = estimator.finish()
    assert final.final
    assert final.tag.sweep_id == 0
    assert final.slices_seen == 3
    assert estimator.finish() is None


@both
def test_a_missing_last_slice_is_made_good_by_the_next_sweep(policy):
    estimator = policy(MemoryModel())
    for one in sweep(0, last=False):
        estimator.push(one)
    update = estimator.push(sweep(1)[0])
    assert update.final
    assert update.tag.sweep_id == 0


@both
def test_settling_slices_are_ignored(policy):
    estimator = policy(MemoryModel())
    moving = focal_slice(BLANK, 0.9, sweep=7, settling=True)
    assert estimator.push(moving) is None
    updates = [estimator.push(one) for one in [*sweep(0)[:2], moving, *sweep(0)[2:]]]
    assert updates[-1].final
    assert seen(updates[-1]) == [0.0, 0.01, 0.02]


@both
def test_slices_after_the_final_map_are_ignored(policy):
    estimator = policy(MemoryModel())
    assert len(play(estimator, [*sweep(0), focal_slice(BLANK, 0.5, sweep=0)])) == len(
        play(policy(MemoryModel()), sweep(0))
    )


@both
def test_images_must_not_change_within_a_sweep(policy):
    for other in (np.zeros((5, 6), np.uint8), BLANK.astype(np.uint16), np.zeros((4, 6, 3), np.uint8)):
        estimator = policy(MemoryModel())
        estimator.push(focal_slice(BLANK, 0.0))
        with pytest.raises(InputError, match="in sweep 0; keep"):
            estimator.push(focal_slice(other, 0.5))


@both
def test_images_may_change_between_sweeps(policy):
    other = np.zeros((8, 9), np.uint8)
    updates = play(policy(MemoryModel()), sweep(0) + sweep(1, image=other) + sweep(2, image=other))
    finals = [update for update in updates if update.final]
    assert [update.slices_seen for update in finals] == [3, 3, 3]


@both
def test_names_are_published_and_closing_forgets(policy):
    estimator = policy(MemoryModel())
    update = play(estimator, sweep(0))[-1]
    assert (update.model, update.engine) == ("memory", "none")
    estimator.close()
    assert estimator.finish() is None


def active(number, coordinates, *, ends):
    slices = [
        focal_slice(BLANK, coordinate, sweep=number, number=k, active="more")
        for k, coordinate in enumerate(coordinates)
    ]
    tag = replace(slices[-1].tag, active=ends, last_in_sweep=ends != "more")
    return [*slices[:-1], replace(slices[-1], tag=tag)]


@both
@pytest.mark.parametrize(
    ("ends", "ended", "broken"),
    [("enough", "enough", False), ("limit", "limit", False), ("more", "broken", True)],
)
def test_the_final_map_of_an_active_sweep_says_which_slots_it_took_and_why_it_ended(
    policy, ends, ended, broken
):
    slices = active(0, (0.1, 0.9, 0.4), ends=ends) + active(1, (0.1, 0.9), ends="limit")
    finals = [update for update in play(policy(MemoryModel()), slices) if update.final]
    assert [update.slots_taken for update in finals] == [(0.1, 0.9, 0.4), (0.1, 0.9)]
    assert [update.ended for update in finals] == [ended, "limit"]
    assert [update.broken for update in finals] == [broken, False]


@both
def test_a_model_is_told_of_sweeps_whose_slots_are_chosen(policy):
    told = []

    class Told(MemoryModel):
        def initial_state(self, shape, *, chosen=False):
            told.append(chosen)
            return super().initial_state(shape)

    play(policy(Told()), sweep(0) + active(1, (0.4, 0.6), ends="enough") + sweep(2))
    assert told == [False, True, False]


def test_rolling_ends_an_active_sweep_of_few_slices_with_those_of_the_sweep_before():
    slices = (
        active(0, (0.0, 0.4, 0.8), ends="limit")
        + active(1, (0.2, 0.6), ends="enough")
        + active(2, (0.1, 0.9), ends="enough")
        + active(3, (0.3, 0.5, 0.7), ends="limit")
    )
    finals = [update for update in play(RollingEstimator(MemoryModel()), slices) if update.final]
    assert [seen(update) for update in finals] == [
        [0.0, 0.4, 0.8],
        [0.0, 0.4, 0.8, 0.2, 0.6],
        [0.2, 0.6, 0.1, 0.9],
        [0.3, 0.5, 0.7],
    ]
    assert [update.slots_taken for update in finals][1:3] == [(0.2, 0.6), (0.1, 0.9)]


def test_rolling_ends_an_active_sweep_alone_after_a_pause_or_a_sweep_cut_short():
    for before in (active(0, (0.0, 0.4), ends="more"), active(-7, (0.0, 0.4), ends="limit")):
        slices = before + active(1, (0.2, 0.6), ends="enough")
        assert seen(play(RollingEstimator(MemoryModel()), slices)[-1]) == [0.2, 0.6]


@both
def test_an_active_sweep_that_lacks_a_slice_is_broken(policy):
    one, _, last = active(0, (0.1, 0.9, 0.4), ends="enough")
    final = play(policy(MemoryModel()), [one, last])[-1]
    assert (final.broken, final.ended, final.slots_taken) == (True, "broken", (0.1, 0.4))


sweeps = st.lists(st.tuples(st.integers(1, 5), st.booleans(), st.booleans()), min_size=1, max_size=7)


@both
@given(plan=sweeps)
def test_exactly_one_final_map_for_every_sweep(policy, plan):
    """A sweep is a number of slices, whether its last slice came, and whether finish() followed."""
    estimator = policy(MemoryModel())
    updates = []
    for number, (slices, last, finished) in enumerate(plan):
        updates += [estimator.push(one) for one in sweep(number, slices=slices, last=last)]
        updates += [estimator.finish()] if finished else []
    updates = [update for update in [*updates, estimator.finish()] if update is not None]
    finals = [update.tag.sweep_id for update in updates if update.final]
    assert finals == list(range(len(plan)))
    assert [update.tag.sweep_id for update in updates] == sorted(update.tag.sweep_id for update in updates)
    for update, following in pairwise(updates):
        assert update.final == (following.tag.sweep_id != update.tag.sweep_id)
    assert all(update.slices_seen == len(update.coordinate) for update in updates)


@given(counts=st.lists(st.integers(2, 5), min_size=1, max_size=6))
def test_rolling_equals_refine_at_the_end_of_every_sweep(counts):
    slices = [one for number, count in enumerate(counts) for one in sweep(number, slices=count)]
    refine = [seen(u) for u in play(RefineEstimator(MemoryModel()), slices) if u.final]
    rolling = play(RollingEstimator(MemoryModel()), slices)
    assert refine == [seen(u) for u in rolling if u.final]
    for update in rolling:
        first_sweep = int(update.coordinate[0])
        assert update.slices_seen >= counts[first_sweep]


@pytest.mark.parametrize("policy", [RefineEstimator, RollingEstimator])
@given(shown=st.lists(st.booleans(), min_size=12, max_size=12))
def test_slices_that_are_not_shown_count_all_the_same(policy, shown):
    slices = [one for number in range(3) for one in sweep(number, slices=4)]
    estimator = policy(MemoryModel())
    every = [estimator.push(one) for one in slices]
    estimator = policy(MemoryModel())
    some = [estimator.push(one, show=show) for one, show in zip(slices, shown, strict=True)]
    for full, show, update in zip(every, shown, some, strict=True):
        if update is None:
            assert full is None or not (show or full.final)
        else:
            assert show or update.final
            np.testing.assert_array_equal(update.coordinate, full.coordinate)
            assert update.slices_seen == full.slices_seen


class StepsAndParts(MemoryModel):
    """Counts the slices that were taken to their maps at once."""

    def __init__(self):
        super().__init__()
        self.steps = 0

    def step(self, image, sweep_coordinate, state):
        self.steps += 1
        return super().step(image, sweep_coordinate, state)


def test_slices_without_a_map_are_only_added():
    model = StepsAndParts()
    estimator = RefineEstimator(model)
    updates = [estimator.push(one, show=k == 1) for k, one in enumerate(sweep(0, slices=4))]
    assert [update is not None for update in updates] == [False, True, False, True]
    assert (model.steps, model.encoded) == (2, 4)
    assert seen(updates[-1]) == [0.0, 0.01, 0.02, 0.03]


@given(st.lists(st.booleans(), min_size=6, max_size=6))
@pytest.mark.parametrize("model", [MemoryModel, OtherStep])
@pytest.mark.parametrize("policy", [RefineEstimator, RollingEstimator])
def test_which_maps_were_wanted_does_not_change_the_final_ones(policy, model, shown) -> None:
    """Else a busy computer, which skips maps, would give another depth than the replay of its recording."""
    slices = [*sweep(0), *sweep(1)]
    finals = []
    for wanted in (shown, [True] * 6):
        estimator = policy(model())
        pushed = [estimator.push(one, show=show) for one, show in zip(slices, wanted, strict=True)]
        finals.append(
            [update.coordinate.tolist() for update in pushed if update is not None and update.final]
        )
    assert len(finals[0]) == 2
    assert finals[0] == finals[1]


@pytest.mark.parametrize(("update", "policy"), [("refine", RefineEstimator), ("rolling", RollingEstimator)])
def test_update_chooses_the_policy(update, policy):
    assert isinstance(make_estimator(SharpnessModel(), InferenceConfig(update=update)), policy)


def test_a_sweep_through_the_built_estimator():
    estimator = make_estimator(SharpnessModel(fill=True), InferenceConfig())
    estimator.push(focal_slice(grey(0.2), 0.2))
    update = estimator.push(focal_slice(grey(0.8), 0.8, last=True))
    assert update.final
    assert (update.model, update.engine, update.slices_seen) == ("sharpness", "opencv", 2)
    assert update.coordinate.shape == grey(0.2).shape
