"""Two processes on the CPU (gloo) learn the same as one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.training.learning.test_train import TINY, a_run, metrics
from tests.training.learning.two_processes import PREFIXES, a_network, four_stacks, gradients
from training.learning.distributed import Rollout
from training.learning.settings import RunSettings
from training.learning.train import judge, train

ROOT = Path(__file__).parents[3]
TWO_STEPS = ["--steps", "2", "--warm-up", "1", "--precision", "32-true", "--devices", "2"]
TINY_NETWORK = [
    text for name in ("fine", "mid", "tokens", "layers", "heads", "groups")
    for text in (f"--{name}", str(getattr(TINY, name)))
]  # fmt: skip
FEW_STACKS = ["--batch", "2", "--slices-low", "3", "--usual", "3", "--slices-high", "3"]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_command_trains_in_two_processes_whose_weights_stay_equal(tmp_path: Path) -> None:
    alone = a_run(tmp_path)
    places = ["--stacks", alone.stacks, "--validation", alone.validation, "--run", alone.run]
    done = run("training", "train", *places, *TWO_STEPS, *TINY_NETWORK, *FEW_STACKS)
    assert done.returncode == 0, done.stderr
    assert "Grad strides" not in done.stderr
    lines = metrics(alone.run)
    assert [line["rank_drift"] for line in lines if "rank_drift" in line] == [0.0]
    assert sum("easy_mae" in line for line in lines) == 1  # one process writes for both
    saved = torch.load(alone.run / "checkpoint.pt", weights_only=True)
    assert (saved["step"], saved["stacks"]) == (2, 2 * 2 * 2)
    train(a_run(tmp_path, steps=3))  # one process goes on where two ended
    assert torch.load(alone.run / "checkpoint.pt", weights_only=True)["stacks"] > 8


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_halves_of_a_batch_give_the_gradient_of_the_whole(tmp_path: Path) -> None:
    torchrun = ["torch.distributed.run", "--standalone", "--nproc-per-node", 2]
    done = run(*torchrun, "-m", "tests.training.learning.two_processes", tmp_path)
    assert done.returncode == 0, done.stderr
    first, second = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in (0, 1))
    network = a_network()
    loss, _ = judge(Rollout(network), four_stacks(), PREFIXES, RunSettings(run=Path("unused")))
    loss.backward()
    whole = gradients(network)
    assert set(whole) == set(first["gradients"]) == {name for name, _ in network.named_parameters()}
    for name, gradient in whole.items():
        assert torch.equal(first["gradients"][name], second["gradients"][name])
        torch.testing.assert_close(first["gradients"][name], gradient, rtol=1e-4, atol=1e-6)
    assert first["drift"] == second["drift"] == [0.0, 0.25]
