import json
from pathlib import Path

import numpy as np
import pytest

from focstream.types import InputError
from tests.training.judging.judged_stacks import step_stack, write_hard_stack
from training.__main__ import main
from training.judging.evaluate import EvaluateSettings, evaluate
from training.judging.hard_stacks import hard_sets

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"


def test_a_stack_is_read_with_its_own_coordinates_and_truth(tmp_path: Path) -> None:
    stack = step_stack(slices=4)
    stack.coordinates[:] = (0.0, 0.1, 0.8, 1.05)
    stack.truth[0, 0] = np.nan
    write_hard_stack(tmp_path / "gap", stack)
    (one_set,) = hard_sets(tmp_path)
    (read,) = one_set.read()
    assert (one_set.name, one_set.count) == ("gap", 1)
    assert read.coordinates == (0.0, 0.1, 0.8, 1.05)
    np.testing.assert_array_equal(np.stack(read.images), stack.images)
    np.testing.assert_array_equal(read.truth, stack.truth)


def test_models_are_printed_side_by_side_with_the_numbers_of_the_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, seed in (("one", 1), ("two", 2)):
        write_hard_stack(tmp_path / f"hard/{name}", step_stack(seed=seed))
    models, report = ("sharpness", "sharpness-fill"), tmp_path / "out.json"
    arguments = ["evaluate", "--hard", str(tmp_path / "hard"), "--model", *models, "--report", str(report)]
    assert main(arguments) == 0
    *_, title, names, head, first, second = capsys.readouterr().out.splitlines()
    assert title.startswith("Models side by side")
    assert names.split() == list(models)
    assert head.split()[:3] == ["set", "MAE", "in"]
    results = json.loads(report.read_text())["results"]
    assert [result["set_name"] for result in results] == ["one", "one", "two", "two"]
    for line, pair in ((first, results[:2]), (second, results[2:])):
        name, *cells = line.split()
        assert {name} == {result["set_name"] for result in pair}
        wanted = [
            (result["errors"]["mae"], *(100 * result[key] for key in ("within_1_sigma", "within_2_sigma")),
             100 * result["errors"]["coverage"])
            for result in pair
        ]  # fmt: skip
        assert [float(cell) for cell in cells] == pytest.approx(np.ravel(wanted), abs=0.06)


def test_only_some_of_them_can_be_chosen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one", "two"):
        write_hard_stack(tmp_path / name, step_stack())
    evaluate(EvaluateSettings(models=("sharpness",), hard=tmp_path, sets=("t*",)))
    out = capsys.readouterr().out
    assert "two" in out
    assert "one" not in out


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("coordinates.txt", "0\n1\n", "2 lines for 5 images"),
        ("coordinates.txt", "0\n0.2\nfar\n0.8\n1\n", "is no list of sweep coordinates"),
        ("coordinates.txt", "0.5\n1\n2\n3\n4\n", "expected sweep coordinates, 0 at the far limit"),
        ("truth.npy", np.full((48, 47), 0.5), r"its shape is \(48, 47\)"),
        ("truth.npy", np.full((48, 48), np.nan), "expected sweep coordinates"),
        ("truth.npy", np.full((48, 48), 1200.0), "expected sweep coordinates"),
        ("truth.npy", b"nothing", "is no array of numbers"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_in_one_line(
    tmp_path: Path, name: str, content: object, message: str
) -> None:
    path = write_hard_stack(tmp_path / "stack", step_stack()) / name
    if isinstance(content, np.ndarray):
        np.save(path, content)
    else:
        path.write_bytes(content if isinstance(content, bytes) else str(content).encode())
    (one_set,) = hard_sets(tmp_path)
    with pytest.raises(InputError, match=message) as caught:
        list(one_set.read())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["coordinates.txt", "truth.npy"])
def test_a_file_that_is_missing_is_noticed_before_the_long_work(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    (write_hard_stack(tmp_path / "stack", step_stack()) / name).unlink()
    assert main(["evaluate", "--hard", str(tmp_path), "--model", "sharpness"]) == 2
    (line,) = [record.getMessage() for record in caplog.records]
    assert f"has no {name}" in line
    assert "\n" not in line


@pytest.mark.data
@pytest.mark.slow
def test_the_classical_estimator_is_as_far_off_as_when_the_stacks_were_picked(tmp_path: Path) -> None:
    """A wrong convention of the truth would show as an error of a whole slice or more."""
    if not (DATA / "hard").is_dir():
        pytest.skip("needs the research data beside the checkout")
    report = tmp_path / "out.json"
    evaluate(EvaluateSettings(models=("sharpness-fill",), hard=DATA / "hard", report=report))
    found = {one["set_name"]: one["errors"]["mae"] for one in json.loads(report.read_text())["results"]}
    assert found["bokeh_of_nine_points"] == pytest.approx(0.0224, abs=0.002)
    assert found["gap_in_the_spacing"] == pytest.approx(0.0318, abs=0.002)
