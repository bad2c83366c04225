import pytest

from inference.changing_policy import ChangingPolicy
from inference.config import InferenceConfig
from inference.policies import make_estimator
from tests.inference.memory_model import MemoryModel, seen, sweep


def played(estimator, slices, *, at=None):
    """Push slices; `at` says what to change to before a sweep."""
    found = []
    for focal_slice in slices:
        if at and focal_slice.tag.sweep_id in at:
            estimator.change(at[focal_slice.tag.sweep_id])
        if (update := estimator.push(focal_slice)) is not None:
            found.append((update.tag.sweep_id, update.final, seen(update)))
    return found


def of(policy: str):
    return make_estimator(MemoryModel(), InferenceConfig(update=policy))


@pytest.mark.parametrize(("before", "after"), [("refine", "rolling"), ("rolling", "refine")])
def test_from_the_next_sweep_on_it_is_as_the_other_policy(before: str, after: str) -> None:
    slices = [each for sweep_id in range(4) for each in sweep(sweep_id)]
    changing = ChangingPolicy(MemoryModel(), InferenceConfig(update=before))
    cut = len([each for each in slices if each.tag.sweep_id < 2])
    expected = played(of(before), slices[:cut]) + played(of(after), slices[cut:])
    assert played(changing, slices, at={2: after}) == expected
    assert changing.state.value == after


def test_a_sweep_that_lost_its_last_slice_keeps_its_map() -> None:
    slices = [*sweep(0), *sweep(1, last=False), *sweep(2)]
    changing = ChangingPolicy(MemoryModel(), InferenceConfig(update="refine"))
    finals = [sweep_id for sweep_id, final, _ in played(changing, slices, at={2: "rolling"}) if final]
    assert finals == [0, 1, 2]


def test_nothing_changes_in_mid_sweep() -> None:
    slices = sweep(0)
    changing = ChangingPolicy(MemoryModel(), InferenceConfig(update="refine"))
    changing.push(slices[0])
    changing.change("rolling")
    assert changing.push(slices[1]) is not None  # rolling has no map before a whole sweep
