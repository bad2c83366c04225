import numpy as np
import pytest

from training.benchmarks.protocols.ddff_rules import DDFF_RULES
from training.benchmarks.protocols.fod_rules import FOD_RULES
from training.benchmarks.protocols.hci_rules import HCI_RULES
from training.benchmarks.protocols.rules import Rules

ALL_RULES = (*DDFF_RULES, *FOD_RULES, *HCI_RULES)


def rules_of(all_rules: tuple[Rules, ...], protocol: str) -> Rules:
    (found,) = [rules for rules in all_rules if rules.protocol == protocol]
    return found


def kept(rules: Rules, truth: list[float], *, mask: int = 0) -> list[bool]:
    values = np.array(truth)
    _, prepared = rules.prepare(values, values)
    return rules.masks[mask].keeps(prepared).tolist()


def test_ddff_planes_are_those_of_the_sheet() -> None:
    calibrated = [0.28248, 0.25333, 0.22419, 0.19504, 0.16590, 0.13675, 0.10761, 0.07847, 0.04932, 0.02018]
    assert rules_of(DDFF_RULES, "aifdepthnet").planes == pytest.approx(calibrated, abs=6e-6)
    assert rules_of(DDFF_RULES, "dfv").planes == pytest.approx(np.linspace(0.28, 0.02, 10))


@pytest.mark.parametrize("protocol", ["dfv", "hybriddepth", "fossa"])
def test_five_of_ten_slices_are_chosen_by_truncation(protocol: str) -> None:
    assert rules_of(DDFF_RULES, protocol).taken == (0, 2, 4, 6, 9)


@pytest.mark.parametrize(
    ("protocol", "mask", "expected"),
    [
        ("dfv", 0, [False, True, True, True, True]),
        ("hybriddepth", 0, [False, False, False, True, False]),
        ("fossa", 0, [False, True, True, True, True]),
        ("ddff-pytorch", 0, [False, False, False, True, False]),
        ("aifdepthnet", 0, [False, True, True, True, True]),
        ("aifdepthnet", 1, [False, False, False, True, False]),
        ("dffinthewild", 0, [False, True, True, True, True]),
    ],
)
def test_ddff_masks(protocol: str, mask: int, expected: list[bool]) -> None:
    assert kept(rules_of(DDFF_RULES, protocol), [0.0, 0.005, 0.02, 0.1, 0.29], mask=mask) == expected


def test_ddff_pytorch_sets_what_it_clips_to_zero() -> None:
    rules = rules_of(DDFF_RULES, "ddff-pytorch")
    truth = np.array([0.0201, 0.0203, 0.2824, 0.2826])
    prediction, prepared = rules.prepare(truth, truth)
    assert prepared.tolist() == [0.0, 0.0203, 0.2824, 0.0]
    assert prediction.tolist() == truth.tolist()


def test_dffinthewild_compares_disparity_from_zero_to_one() -> None:
    rules = rules_of(DDFF_RULES, "dffinthewild")
    limits = np.array([rules.planes[-1], rules.planes[0]])
    for values in rules.prepare(limits, limits):
        assert values.tolist() == pytest.approx([0.0, 1.0])


def test_dfv_reads_fod_from_png_of_tenths_of_a_millimetre() -> None:
    rules = rules_of(FOD_RULES, "dfv")
    values = np.array([0.0, 0.00009, 0.12349, 1.4999, 1.6, 2.9])
    prediction, truth = rules.prepare(values, values)
    assert truth.tolist() == pytest.approx([0.0, 0.0, 0.1234, 1.4999, 1.5, 1.5], abs=1e-9)
    assert prediction.tolist() == truth.tolist()
    assert kept(rules, [0.0, 0.00009, 0.05, 2.9]) == [False, False, True, True]


@pytest.mark.parametrize(
    ("protocol", "mask", "expected"),
    [
        ("aifdepthnet", 0, [False, False, True, True, False, False]),
        ("aifdepthnet", 1, [False, True, True, True, True, True]),
        ("aifdepthnet", 2, [False, True, True, True, True, False]),
        ("dffinthewild", 0, [False, False, True, True, False, False]),
        ("ddl-gru", 0, [False, True, True, True, True, True]),
    ],
)
def test_fod_masks(protocol: str, mask: int, expected: list[bool]) -> None:
    assert kept(rules_of(FOD_RULES, protocol), [0.0, 0.09, 0.1, 1.5, 2.0, 2.1], mask=mask) == expected


def test_only_ddl_gru_zeroes_the_prediction_in_holes() -> None:
    assert [rules.protocol for rules in ALL_RULES if rules.holes_zeroed] == ["ddl-gru"]


@pytest.mark.parametrize(
    ("protocol", "mask", "expected"),
    [
        ("aifdepthnet", 0, [False, False, True, True, True, False]),
        ("aifdepthnet", 1, [False, True, True, True, True, True]),
        ("dffinthewild", 0, [False, False, True, True, True, False]),
    ],
)
def test_hci_masks_of_signed_disparity(protocol: str, mask: int, expected: list[bool]) -> None:
    assert kept(rules_of(HCI_RULES, protocol), [-3.7, -3.0, -2.5, 0.0, 2.5, 2.6], mask=mask) == expected


def test_dffinthewild_puts_the_holes_of_hci_at_minus_three() -> None:
    truth = np.array([-2.6, 0.0, 2.6])
    _, prepared = rules_of(HCI_RULES, "dffinthewild").prepare(truth, truth)
    assert prepared.tolist() == [-3.0, 0.0, -3.0]


@pytest.mark.parametrize("rules", ALL_RULES, ids=lambda rules: f"{rules.set_name} {rules.protocol}")
def test_rules_say_what_they_do(rules: Rules) -> None:
    text = rules.text()
    for part in (rules.set_name, rules.protocol, rules.unit, rules.padding, rules.preparation):
        assert part in text
    assert len({mask.text for mask in rules.masks}) == len(rules.masks)
