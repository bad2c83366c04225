"""What CUDA records is what it does step by step, and what torch computes on the processor."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from engines.base import NetworkMaps
from engines.graphs.state_layout import F32_TOLERANCES, MAPS
from engines.torch_cuda.opening import TORCH
from engines.torch_cuda.runner import TorchDeviceRunner
from engines.torch_runner import TorchRunner
from engines.weights_file import load_network
from tests.engines.graphs.exported import SIZE_PX, random_slice

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU, and torch with CUDA"),
]
SHAPE = (1, *SIZE_PX)


def open_it(name: str, weights: Path) -> TorchDeviceRunner:
    runner = TORCH[name](weights, 0, 0)
    assert isinstance(runner, TorchDeviceRunner)
    return runner


def maps_of(runner: Any, *, slices: int) -> list[NetworkMaps]:
    """Through two sweeps, with and without maps, in one piece and in parts."""
    found = []
    for _ in range(2):
        state = runner.initial_state(SHAPE)
        for seed in range(slices):
            if seed % 3 == 1:
                state = runner.advance(*random_slice(seed % 7), state)
                continue
            if seed % 3 == 2:
                state = runner.update(runner.encode(*random_slice(seed % 7)), state)
                found.append(runner.decode(state))
                continue
            state, maps = runner.step(*random_slice(seed % 7), state)
            found.append(maps)
    return found


def test_f32_is_torch_over_many_slices(tiny_weights: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        found = maps_of(open_it("torch cuda f32", tiny_weights), slices=100)
    assert not caplog.records  # it was recorded
    expected = maps_of(TorchRunner(load_network(tiny_weights)), slices=100)
    for maps, wanted in zip(found, expected, strict=True):
        for name in MAPS:
            np.testing.assert_allclose(
                getattr(maps, name), getattr(wanted, name), atol=F32_TOLERANCES[name], rtol=0
            )


def test_recorded_is_step_by_step_to_the_bit(tiny_weights: Path) -> None:
    recorded = maps_of(open_it("torch cuda f16", tiny_weights), slices=12)
    eager = maps_of(open_it("torch cuda eager f16", tiny_weights), slices=12)
    for maps, wanted in zip(recorded, eager, strict=True):
        for name in MAPS:
            assert_array_equal(getattr(maps, name), getattr(wanted, name))


@pytest.mark.parametrize("precision", ["f16", "bf16"])
def test_lower_precision_stays_near(tiny_weights: Path, precision: str) -> None:
    found = maps_of(open_it(f"torch cuda {precision}", tiny_weights), slices=30)
    expected = maps_of(TorchRunner(load_network(tiny_weights)), slices=30)
    apart = [
        np.abs(maps.coordinate - wanted.coordinate).mean()
        for maps, wanted in zip(found, expected, strict=True)
    ]
    assert max(apart) < 5e-3


def test_memory_does_not_grow(tiny_weights: Path) -> None:
    runner = open_it("torch cuda f16", tiny_weights)
    maps_of(runner, slices=6)
    before = torch.cuda.memory_reserved()
    maps_of(runner, slices=60)
    assert torch.cuda.memory_reserved() == before
    runner.close()


def test_a_number_without_a_gpu_is_refused(tiny_weights: Path) -> None:
    with pytest.raises(Exception, match="--device 99: torch sees"):
        TORCH["torch cuda f16"](tiny_weights, 0, 99)
