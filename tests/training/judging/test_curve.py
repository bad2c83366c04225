import json
from pathlib import Path

import cv2
import pytest

from focstream.types import InputError
from training.judging.curve import CurveSettings, draw_curve, read_curves


def a_run(folder: Path, *lines: dict[str, float]) -> Path:
    folder.mkdir()
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    first = a_run(
        tmp_path / "first",
        {"step": 2, "error": 0.5},
        {"step": 2, "nyu_mae": 0.4, "nyu_rmse": 0.6},
        {"step": 5, "error": 0.3},
    )
    return first, a_run(tmp_path / "second", {"step": 3, "nyu_mae": 0.2}, {"step": 6, "nyu_mae": 0.1})


def test_runs_are_joined_in_their_order(runs: tuple[Path, Path]) -> None:
    (curve,) = read_curves(runs)
    assert curve.name == "nyu"
    assert curve.steps == (2, 8, 11)  # the first run had five steps
    assert curve.errors == (0.4, 0.2, 0.1)


def test_a_picture_is_drawn(runs: tuple[Path, Path], tmp_path: Path) -> None:
    draw_curve(CurveSettings(runs=runs, out=tmp_path / "curve.png"))
    picture = cv2.imread(str(tmp_path / "curve.png"))
    assert picture is not None
    assert picture.std() > 5


def test_what_cannot_be_drawn(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"metrics\.jsonl.*folder of a run"):
        read_curves((tmp_path / "nothing",))
    with pytest.raises(InputError, match="not validated"):
        read_curves((a_run(tmp_path / "new", {"step": 1, "error": 0.5}),))
    run = a_run(tmp_path / "good", {"step": 1, "nyu_mae": 0.5})
    with pytest.raises(InputError, match=r"\.png"):
        draw_curve(CurveSettings(runs=(run,), out=tmp_path / "curve.nothing"))
