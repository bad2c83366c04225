from pathlib import Path

import numpy as np
import pytest

from focstream.types import InputError
from inference.sharpness import SharpnessModel
from tests.training.benchmarks.protocols.test_rules import rules_of
from tests.training.benchmarks.tiny_sets import FAR_PX, NEAR_PX, PLANES, write_ddff, write_fod
from tests.training.judging.judged_stacks import step_stack
from training.benchmarks.judge import judge_benchmark, predict
from training.benchmarks.protocols.ddff_rules import DDFF_RULES
from training.benchmarks.protocols.fod_rules import FOD_RULES
from training.benchmarks.sets.ddff import ddff_set
from training.benchmarks.sets.fod import fod_set
from training.judging.judge import maps_after_all_slices, maps_after_each_slice
from training.judging.judged_models import JudgedModel

FILLED = JudgedModel(label="sharpness-fill", model=SharpnessModel(fill=True))
DFV = rules_of(DDFF_RULES, "dfv")


def test_the_last_map_is_that_of_a_run_with_maps_after_each_slice() -> None:
    stack = step_stack()
    coordinates = [float(coordinate) for coordinate in stack.coordinates]
    *_, wanted = maps_after_each_slice(FILLED.model, stack.images, coordinates)
    last = maps_after_all_slices(FILLED.model, list(stack.images), coordinates)
    np.testing.assert_array_equal(last.coordinate, wanted.coordinate)


def test_errors_are_those_of_the_map_in_disparity(tmp_path: Path) -> None:
    stack = step_stack(slices=PLANES)
    found = ddff_set(write_ddff(tmp_path / "x.h5", [stack]), DFV)
    (result,) = judge_benchmark(FILLED, found.read(), DFV, maps_to=tmp_path)
    saved = np.load(tmp_path / "0000_sharpness-fill.npy")
    truth = FAR_PX + (NEAR_PX - FAR_PX) * stack.truth
    assert saved.dtype == np.float32
    wanted = np.mean(np.abs(saved[1:] - truth[1:]))  # the first row has no truth
    assert result.errors.mae == pytest.approx(wanted, abs=1e-6)
    assert result.errors.mae < 0.2 * (NEAR_PX - FAR_PX)  # a swapped order would be off by half the sweep
    assert (result.mask, result.model, result.engine, result.stacks_judged) == (
        "g > 0", "sharpness-fill", "opencv", 1,
    )  # fmt: skip


def test_depth_is_found_in_metres(tmp_path: Path) -> None:
    rules = rules_of(FOD_RULES, "ddl-gru")
    (stack, _) = fod_set(write_fod(tmp_path), rules).read()
    prediction = predict(FILLED, stack, rules)
    assert np.median(prediction[:, :18]) == pytest.approx(0.75, rel=0.2)
    assert np.median(prediction[:, 30:]) == pytest.approx(0.25, rel=0.2)


def test_every_mask_has_its_own_result(tmp_path: Path) -> None:
    rules = rules_of(FOD_RULES, "aifdepthnet")
    results = judge_benchmark(FILLED, fod_set(write_fod(tmp_path), rules).read(), rules)
    assert [result.mask for result in results] == ["0.1 <= g <= 1.5", "g > 0", "0 < g <= 2"]
    assert [[stack.name for stack in result.stacks] for result in results] == [["000400", "000401"]] * 3


def test_a_map_with_holes_is_refused(tmp_path: Path) -> None:
    stack = step_stack(slices=PLANES)
    stack.images[:, :24] = 128  # nothing to see
    found = ddff_set(write_ddff(tmp_path / "x.h5", [stack]), DFV)
    holed = JudgedModel(label="sharpness", model=SharpnessModel(fill=False))
    with pytest.raises(InputError, match=r"sharpness leaves out \d+ of 2304 pixels of 0000"):
        judge_benchmark(holed, found.read(), DFV)


def test_stacks_without_a_pixel_in_the_mask_are_not_in_the_mean(tmp_path: Path) -> None:
    empty, usual = step_stack(slices=PLANES), step_stack(slices=PLANES, seed=1)
    empty.truth[:] = -FAR_PX / (NEAR_PX - FAR_PX)  # 0 px of disparity
    (both,) = judge_benchmark(
        FILLED, ddff_set(write_ddff(tmp_path / "2.h5", [empty, usual]), DFV).read(), DFV
    )
    (alone,) = judge_benchmark(FILLED, ddff_set(write_ddff(tmp_path / "1.h5", [usual]), DFV).read(), DFV)
    assert both.stacks_judged == 1
    assert len(both.stacks) == 2
    assert both.errors == alone.errors
