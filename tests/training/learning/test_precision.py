"""Training computes in bfloat16 only where that is quick."""

import logging

import pytest
import torch

from engines.processor import bf16_is_quicker, torch_has_bf16
from focstream.types import InputError
from training.learning.muon import orthogonal
from training.learning.precision import bf16_is_best, bf16_where_quick, chosen_precision

CPU = torch.device("cpu")


@pytest.mark.by_processor
@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_the_processor_has_no_say_in_what_a_gpu_computes_in(device: str) -> None:
    assert bf16_is_best(torch.device(device))
    assert chosen_precision("auto", torch.device(device)) == "bf16-mixed"
    assert chosen_precision("16-mixed", torch.device(device)) == "16-mixed"


@pytest.mark.by_processor
def test_auto_is_bfloat16_only_where_it_is_quicker(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        chosen = chosen_precision("auto", CPU)
    best = torch_has_bf16() and bf16_is_quicker()
    assert chosen == ("bf16-mixed" if best else "32-true")
    assert ("training in float32: this processor" in caplog.text) != torch_has_bf16()
    assert ("training in float32: it is quicker" in caplog.text) == (torch_has_bf16() and not best)


@pytest.mark.by_processor
@pytest.mark.parametrize("precision", ["bf16-mixed", "bf16-true", "16-mixed"])
def test_slow_bfloat16_is_refused(precision: str) -> None:
    if torch_has_bf16():
        assert chosen_precision(precision, CPU) == precision
    else:
        with pytest.raises(InputError, match=rf"--precision {precision}: this processor .* give 32-true"):
            chosen_precision(precision, CPU)


def test_float32_is_always_what_was_asked_for() -> None:
    assert chosen_precision("32-true", CPU) == "32-true"


@pytest.mark.by_processor
def test_judging_and_muon_go_by_the_processor() -> None:
    lower = torch.bfloat16 if torch_has_bf16() and bf16_is_quicker() else torch.float32
    with bf16_where_quick(CPU):
        assert (torch.ones(4, 4) @ torch.ones(4, 4)).dtype == lower
    assert orthogonal(torch.randn(1, 8, 8)).dtype == lower
