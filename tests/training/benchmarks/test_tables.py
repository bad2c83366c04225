from dataclasses import fields

import pytest

from tests.training.benchmarks.protocols.test_rules import ALL_RULES, rules_of
from training.benchmarks.errors import BenchmarkErrors
from training.benchmarks.judge import MaskResult
from training.benchmarks.protocols.ddff_rules import DDFF_RULES
from training.benchmarks.protocols.hci_rules import HCI_RULES
from training.benchmarks.protocols.rules import Rules
from training.benchmarks.published import PUBLISHED, Published
from training.benchmarks.stacks import SetSize
from training.benchmarks.tables import benchmark_tables


def result_of(rules: Rules, *, mask: int = 0, **errors: float) -> MaskResult:
    return MaskResult(
        mask=rules.masks[mask].text,
        model="small",
        engine="torch f32",
        stacks_judged=7,
        errors=BenchmarkErrors(**errors),
        stacks=(),
    )


def test_published_numbers_are_below_ours_with_their_source() -> None:
    rules = rules_of(DDFF_RULES, "dfv")
    text = benchmark_tables(rules, [result_of(rules, mse=5.4e-4, delta_1=80.126)], rules.made_for)
    lines = text.splitlines()
    head = next(line for line in lines if line.startswith("model"))
    ours = lines[lines.index(head) + 1].split()
    assert "mask: g > 0" in lines
    assert ours[:4] == ["small", "7", "–", "0.00054"]
    assert "80.13" in ours
    assert "DFF-DFV (CVPR 22)" in text
    assert "FocDepthFormer (AJCAI 24)" in text
    assert "published: DDFT's README (second hand)" in text
    assert "FOSSA" not in text


def test_published_numbers_of_other_protocols_are_not_shown() -> None:
    rules = rules_of(DDFF_RULES, "ddff-pytorch")
    assert "published" not in benchmark_tables(rules, [result_of(rules)], rules.made_for)


def test_published_numbers_are_not_shown_beside_another_set() -> None:
    rules = rules_of(DDFF_RULES, "dfv")
    fewer = SetSize(stacks=20, rows=383, columns=552)
    text = benchmark_tables(rules, [result_of(rules)], fewer)
    assert "judged: 20 stacks of 383 × 552; published numbers are left out" in text
    assert "DFF-DFV" not in text


def test_every_mask_has_a_table_and_published_numbers_only_in_theirs() -> None:
    rules = rules_of(HCI_RULES, "aifdepthnet")
    results = [result_of(rules, mask=0), result_of(rules, mask=1)]
    _, first, second = benchmark_tables(rules, results, rules.made_for).split("mask: ")
    assert first.startswith("-2.5 <= g <= 2.5")
    assert "VDFF" in first
    assert second.startswith("g > -3.6")
    assert "VDFF" not in second


@pytest.mark.parametrize("row", PUBLISHED, ids=lambda row: f"{row.protocol} {row.method}")
def test_published_rows_belong_to_rules_and_their_roots_fit(row: Published) -> None:
    (rules,) = [one for one in ALL_RULES if (one.set_name, one.protocol) == (row.set_name, row.protocol)]
    assert row.mask in [mask.text for mask in rules.masks]
    errors = row.errors
    assert any(getattr(errors, field.name) == getattr(errors, field.name) for field in fields(errors))
    if errors.mse == errors.mse and errors.rmse == errors.rmse:
        assert errors.rmse <= errors.mse**0.5 * 1.03  # a mean of roots is at most the root of the mean
