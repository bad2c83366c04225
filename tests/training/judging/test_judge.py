import math
from pathlib import Path

import numpy as np
import pytest

from focstream.types import InputError
from inference.sharpness import SharpnessModel
from tests.training.judging.judged_stacks import SIDE_PX, judged, step_stack, write_reference_stack, write_set
from training.judging.judge import judge_set, judge_stack, maps_after_each_slice
from training.judging.judged import rendered_sets
from training.judging.judged_models import JudgedModel, open_models
from training.judging.metrics import map_errors
from training.judging.reference_stacks import reference_sets, reference_truth
from training.learning.validate import validation_batches


def test_a_stack_is_judged_after_every_slice() -> None:
    model = SharpnessModel(fill=True)
    stack = judged(step_stack())
    result, pairs = judge_stack(model, stack)
    assert [one.slices for one in result.by_slices] == [1, 2, 3, 4, 5]
    assert result.by_slices[0].coverage == 0.0  # one slice tells no depth
    assert math.isnan(result.by_slices[0].mae)
    assert result.by_slices[-1].mae == result.errors.mae
    assert result.by_slices[-1].mae < result.by_slices[1].mae
    assert result.errors.mae < 0.1
    assert result.boundary.beside > result.boundary.away
    assert pairs.sigma.size == SIDE_PX**2
    assert result.within_1_sigma <= result.within_2_sigma


def test_the_last_map_is_that_of_all_slices() -> None:
    model, stack = SharpnessModel(), judged(step_stack())
    state = model.initial_state(stack.images[0].shape)
    for image, coordinate in zip(stack.images, stack.coordinates, strict=True):
        state = model.update(model.encode(image, coordinate), state)
    *_, last = maps_after_each_slice(model, stack.images, stack.coordinates)
    np.testing.assert_array_equal(last.coordinate, model.decode(state).coordinate)


def test_the_result_of_a_set_is_the_mean_over_its_stacks() -> None:
    stacks = [judged(step_stack(seed=seed)) for seed in (0, 1)]
    result = judge_set(JudgedModel(label="classical", model=SharpnessModel()), "steps", stacks)
    assert (result.set_name, result.model, result.engine) == ("steps", "classical", "opencv")
    assert len(result.stacks) == 2
    assert result.errors.rmse == pytest.approx(np.mean([one.errors.rmse for one in result.stacks]))
    assert result.by_slices[3].mae == pytest.approx(np.mean([one.by_slices[3].mae for one in result.stacks]))
    assert len(result.sigma_groups) == 10
    judged_pixels = sum(one.errors.coverage * SIDE_PX**2 for one in result.stacks)
    assert sum(group.pixels for group in result.sigma_groups) == pytest.approx(judged_pixels)


def test_rendered_sets_are_the_batches_of_training(tmp_path: Path) -> None:
    write_set(tmp_path / "b", count=3)
    write_set(tmp_path / "a", count=1)
    first, second = rendered_sets(tmp_path)
    assert [(one.name, one.count) for one in (first, second)] == [("a", 1), ("b", 3)]
    stacks = list(second.read())
    (batch,) = validation_batches(tmp_path / "b")
    assert len(stacks) == 3
    for index, stack in enumerate(stacks):
        np.testing.assert_array_equal(np.stack(stack.images), batch.images[index].permute(0, 2, 3, 1))
        np.testing.assert_array_equal(stack.coordinates, batch.coordinates[index])
        np.testing.assert_array_equal(stack.truth, batch.truth[index, 0])


def test_a_folder_without_sets_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        rendered_sets(tmp_path / "absent")
    with pytest.raises(InputError, match="holds no folders"):
        rendered_sets(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="empty: no rendered stacks"):
        rendered_sets(tmp_path)


def test_heights_become_sweep_coordinates() -> None:
    truth = reference_truth(np.array([[0.0, -2.0, -4.0]], np.float32), shape=(4, 6), slices=5)
    assert np.isnan(truth).sum() == 21
    np.testing.assert_array_equal(truth[1, 1:4], [1.0, 0.5, 0.0])


def test_stacks_with_a_reference_are_read_from_near_to_far(tmp_path: Path) -> None:
    made = step_stack()
    write_reference_stack(tmp_path / "one", made, border_px=4)
    (found,) = reference_sets(tmp_path)
    (stack,) = found.read()
    assert stack.coordinates == (1.0, 0.75, 0.5, 0.25, 0.0)
    np.testing.assert_array_equal(stack.images[0], made.images[-1])
    np.testing.assert_allclose(stack.truth[4:-4, 4:-4], made.truth[4:-4, 4:-4], atol=1e-6)
    assert np.isnan(stack.truth[:4]).all()


def test_bad_references_are_refused(tmp_path: Path) -> None:
    place = write_reference_stack(tmp_path / "one", step_stack())
    np.save(place / "reference.npy", np.full((4, 4), 3.0, np.float32))
    with pytest.raises(InputError, match=r"expected heights of -4 … 0 for 5 images"):
        next(reference_sets(tmp_path)[0].read())
    np.save(place / "reference.npy", np.zeros((400, 4), np.float32))
    with pytest.raises(InputError, match="expected a map within images"):
        next(reference_sets(tmp_path)[0].read())
    (place / "reference.npy").write_bytes(b"nonsense")
    with pytest.raises(InputError, match="is no array of numbers"):
        next(reference_sets(tmp_path)[0].read())
    (place / "reference.npy").unlink()
    with pytest.raises(InputError, match=r"no folder in it holds a reference\.npy"):
        reference_sets(tmp_path)


def test_models_go_by_name() -> None:
    plain, filled = open_models(("sharpness", "sharpness-fill"))
    assert (plain.label, filled.label) == ("sharpness", "sharpness-fill")
    flat = np.full((32, 32), 100, np.uint8)
    maps = [list(maps_after_each_slice(one.model, [flat, flat], [0.0, 1.0]))[-1] for one in (plain, filled)]
    coverage = [map_errors(one.coordinate, np.full((32, 32), 0.5, np.float32)).coverage for one in maps]
    assert coverage == [0.0, 1.0]


def test_choices_of_models_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="each once"):
        open_models(("sharpness", "sharpness"))
    with pytest.raises(InputError, match="only the network has weights"):
        open_models(("sharpness",), weights=tmp_path / "small.safetensors")
    with pytest.raises(InputError, match="No such file"):
        open_models(("small",), weights=tmp_path / "absent.safetensors")
