"""The page of the benchmarks says what the code prints."""

import math
import re
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.training.benchmarks.protocols.test_rules import ALL_RULES
from training.benchmarks.protocols.rules import Rules
from training.benchmarks.published import PUBLISHED, Published, published_for

PAGE = (Path(__file__).parents[3] / "docs/train/benchmarks.md").read_text(encoding="utf-8")
_NUMBER = re.compile(r"\d[\d.]*(?:e-\d+)?")


def numbers_of(line: str) -> set[float]:
    """Numbers of a table's row but its first cell, the method."""
    return {float(cell) for cell in map(str.strip, line.split("|")[2:]) if _NUMBER.fullmatch(cell)}


@pytest.mark.parametrize("row", PUBLISHED, ids=lambda row: f"{row.set_name} {row.protocol} {row.method}")
def test_every_published_row_is_on_the_page_below_its_protocol(row: Published) -> None:
    section = PAGE.split(f"### {row.set_name}\n")[1].split("\n### ")[0]
    _, part = section.split(f"| **`{row.protocol}`, {row.mask}** |")
    line = next(line for line in part.splitlines() if line.startswith(f"| {row.method} |"))
    assert part.index(line) < part.index("| focstream |")
    assert numbers_of(line) == {value for value in asdict(row.errors).values() if not math.isnan(value)}
    assert ("second hand" in line) == (row.mark == "other")


@pytest.mark.parametrize("rules", ALL_RULES, ids=lambda rules: f"{rules.set_name} {rules.protocol}")
def test_every_protocol_is_on_the_page_with_its_masks(rules: Rules) -> None:
    short = {"DDFF 12-Scene": "ddff", "FoD500": "fod", "4D Light Field": "hci"}[rules.set_name]
    (line,) = [line for line in PAGE.splitlines() if line.startswith(f"| {short} `{rules.protocol}` |")]
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[-1] == "; ".join(mask.text for mask in rules.masks)
    assert cells[5] == rules.padding
    slices = f"all {len(rules.planes)}" if rules.slices is None else ", ".join(map(str, rules.slices))
    assert cells[4] == slices


def test_rows_of_one_protocol_and_mask_only() -> None:
    found = published_for("DDFF 12-Scene", "fossa", "g > 0")
    assert [row.method.split(",")[0] for row in found] == ["FOSSA ViT-S", "FOSSA ViT-B"] * 2
    assert published_for("FoD500", "fossa", "g > 0") == []
