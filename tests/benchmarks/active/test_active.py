import json

import cv2
import numpy as np
import pytest

from benchmarks.active.__main__ import Settings, main
from benchmarks.active.sweeps import active, uniform
from benchmarks.active.virtual_lens import DenseStack, RenderedScene
from inference.planning.gain import GainPlanner
from inference.sharpness import SharpnessModel
from tests.inference.planning.limits import Limits
from tests.inference.slices import SHAPE, grey, ramp


@pytest.fixture(scope="module")
def model():
    return SharpnessModel()


def a_stack() -> DenseStack:
    coordinates = np.linspace(0.0, 1.0, 21).tolist()
    images = tuple(grey(float(coordinate)) for coordinate in coordinates)
    return DenseStack(name="ramp", images=images, all_coordinates=coordinates, truth=ramp(SHAPE))


def test_a_stack_gives_the_nearest_slice_and_says_where_it_was_focused():
    image, coordinate = a_stack().at(0.52)
    assert coordinate == pytest.approx(0.5)
    np.testing.assert_array_equal(image, grey(0.5))


def test_a_rendered_scene_looks_the_same_at_the_same_focus():
    lens = RenderedScene("two distances", 1, width_px=64, height_px=48)
    np.testing.assert_array_equal(lens.at(0.3)[0], lens.at(0.3)[0])
    assert np.unique(lens.truth[np.isfinite(lens.truth)]) == pytest.approx([0.2, 0.8])


@pytest.mark.parametrize(("lead", "most"), [(1, 7), (0, 7), (1, 4)])
def test_a_planned_sweep_takes_what_the_planner_wishes_and_no_more_than_the_most(model, lead, most):
    planner = GainPlanner(Limits(slots=10, slots_least=9), lead=lead)
    updates = active(a_stack(), model, planner, slots=most, lead=lead, times_ms=[])
    assert [update.slices_seen for update in updates] == list(range(1, most + 1))
    assert updates[-1].slots_taken[:3] == pytest.approx((0.0, 1.0, 0.5))


def test_a_sure_sweep_ends_with_the_slice_that_the_lens_is_on_its_way_to(model):
    for lead in (0, 1):
        planner = GainPlanner(Limits(slots_least=2, good_enough=1.0), lead=lead)
        updates = active(a_stack(), model, planner, slots=10, lead=lead, times_ms=[])
        sure = [np.median(np.nan_to_num(update.coordinate_sigma, nan=np.inf)) <= 1.0 for update in updates]
        assert sure.index(True) > 0
        assert len(updates) == sure.index(True) + 1 + lead


def test_more_slices_are_better(model):
    few, many = (uniform(a_stack(), model, slots=slots) for slots in (3, 11))
    error = [float(np.nanmedian(np.abs(update.coordinate - ramp(SHAPE)))) for update in (few, many)]
    assert error[1] < error[0]


def test_the_study_puts_planned_sweeps_beside_uniform_ones(tmp_path, capsys):
    report = tmp_path / "active.json"
    main(Settings(models=("sharpness",), kinds=("plane",), width_px=64, height_px=48, slots=5, report=report))
    rows = json.loads(report.read_text())["rows"]
    assert {row["slices"] for row in rows if row["sweep"] == "uniform"} == {3, 4, 5}
    assert {row["sweep"] for row in rows} == {
        *("uniform", "gain", "gain, waiting", "gain, endless", "gain, waiting, endless")
    }
    assert all(0.0 <= row["median_error"] <= 0.5 for row in rows)
    assert "| sharpness | plane | gain |" in capsys.readouterr().out


def test_a_stack_from_near_to_far_is_reversed(tmp_path):
    for k in range(4):
        cv2.imwrite(str(tmp_path / f"{k}.png"), np.full((8, 8), 50 * k, np.uint8))
    there, back = (DenseStack.of(tmp_path, most_pixels=64, reverse=reverse) for reverse in (False, True))
    assert [int(image[0, 0]) for image in there.images] == [0, 50, 100, 150]
    assert [int(image[0, 0]) for image in back.images] == [150, 100, 50, 0]
