import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from focstream.types import InputError
from training.judging.json_report import check_report_path, save_report


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    error: float
    stacks: tuple[str, ...]


def test_what_is_not_known_becomes_null(tmp_path: Path) -> None:
    save_report(tmp_path / "x.json", Found(error=float("nan"), stacks=("one", "two")))
    assert json.loads((tmp_path / "x.json").read_text()) == {"error": None, "stacks": ["one", "two"]}


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        save_report(tmp_path, Found(error=1.0, stacks=()))


def test_a_folder_that_is_missing_is_noticed_before_the_long_work(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--report .* does not exist; make it first"):
        check_report_path(tmp_path / "absent/x.json", option="--report")
