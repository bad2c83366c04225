"""When states restart and which maps come out, with a model that only remembers what it was shown."""

from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from focstream.types import InputError
from inference.config import InferenceConfig
from inference.depth_model import DepthMaps, DepthModel
from inference.policies import RefineEstimator, RollingEstimator, make_estimator
from inference.sharpness import SharpnessModel
from tests.inference.slices import focal_slice, grey

BLANK = np.zeros((4, 6), np.uint8)


@dataclass
class Memory:
    """State: the sweep coordinates of the slices seen."""

    seen: list[float] = field(default_factory=list)


class MemoryModel(DepthModel[float, Memory]):
    """Publishes what it has seen as the first values of the coordinate map."""

    name = "memory"
    engine = "none"

    def __init__(self):
        self.encoded = 0

    def encode(self, image, sweep_coordinate):
        self.encoded += 1
        return sweep_coordinate

    def initial_state(self, shape):
        return Memory()

    def update(self, features, state):
        state.seen.append(features)
        return state

    def decode(self, state):
        coordinate = np.array(state.seen, np.float32)
        return DepthMaps(coordinate=coordinate, coordinate_sigma=coordinate, all_in_focus=BLANK)


class OtherStep(MemoryModel):
    """A model whose `step` computes something else than its parts, and `advance` with it."""

    def advance(self, image, sweep_coordinate, state):
        return self.update(sweep_coordinate + 10.0, state)


def play(estimator, slices):
    updates = [estimator.push(one) for one in slices] + [estimator.finish()]
    return [update for update in updates if update is not None]


def sweep(number, *, slices=3, last=True, image=BLANK):
    return [
        focal_slice(image, number + k / 100, sweep=number, last=last and k == slices - 1)
        for k in range(slices)
    ]


def seen(update):
    return [round(float(value), 2) for value in update.coordinate]


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
