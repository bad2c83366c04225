"""Two models' saved sweeps in one picture."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from focstream.types import InputError
from publish.__main__ import main
from publish.saved.side_by_side import Picture, compared, save_comparisons
from publish.saved.sweep_files import write_sweep
from tests.publish.updates import an_update


def save(folder: Path, *, model: str, truth: bool = True) -> None:
    folder.mkdir(parents=True)
    update = replace(an_update(), model=model)
    write_sweep(
        folder, update, sweeps_not_saved=0, truth_vergence_dpt=update.vergence_dpt() * 0.9 if truth else None
    )


def holds(picture: Picture, part: Picture) -> bool:
    """Whether the part lies somewhere in the picture, to the bit."""
    height, width, _ = part.shape
    for y in range(picture.shape[0] - height + 1):
        found = -1
        while (found := picture[y].tobytes().find(part[0].tobytes(), found + 1)) >= 0:
            x, channel = divmod(found, 3)
            if channel == 0 and np.array_equal(picture[y : y + height, x : x + width], part):
                return True
    return False


@pytest.mark.by_processor
def test_scene_truth_and_both_models_are_in_the_picture(tmp_path: Path) -> None:
    save(tmp_path / "a/sweep_000", model="small")
    save(tmp_path / "b/sweep_000", model="sharpness")
    picture = compared(tmp_path / "a/sweep_000", tmp_path / "b/sweep_000")
    for name in ("truth.png", "depth.png", "error.png"):
        part = cv2.imread(str(tmp_path / "a/sweep_000" / name))
        assert holds(picture, part)
        assert not holds(picture, part[::-1].copy())


def test_sweeps_that_both_have_are_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in (0, 1):
        save(tmp_path / f"a/sweep_00{number}", model="small")
    for number in (1, 2):
        save(tmp_path / f"b/sweep_00{number}", model="sharpness")
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b"), "--out", str(tmp_path / "out")]) == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["comparison_001.png"]
    assert "comparison_001.png" in capsys.readouterr().out
    assert np.ptp(cv2.imread(str(tmp_path / "out/comparison_001.png"))) > 0


def test_nothing_in_common_or_no_truth_is_one_clear_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    save(tmp_path / "a/sweep_000", model="small", truth=False)
    with pytest.raises(InputError, match="no sweep in common"):
        save_comparisons(tmp_path / "a", tmp_path / "b", tmp_path / "out")
    save(tmp_path / "b/sweep_000", model="sharpness")
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b"), "--out", str(tmp_path / "out")]) == 2
    assert caplog.messages == [
        f"python -m publish compare: {tmp_path / 'a/sweep_000'}: has no truth.png, for a replayed sweep "
        "has no truth to compare with; save sweeps of --camera sim"
    ]
    assert capfd.readouterr().err == ""  # OpenCV writes there by itself


@pytest.mark.parametrize("content", [b"", b"no picture"])
def test_a_picture_that_cannot_be_read_is_one_clear_line(
    tmp_path: Path, content: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b"):
        save(tmp_path / name, model="small")
    (tmp_path / "b/error.png").write_bytes(content)
    with pytest.raises(InputError, match=r"error\.png: cannot be read; save the sweep again"):
        compared(tmp_path / "a", tmp_path / "b")
    assert capfd.readouterr().err == ""
