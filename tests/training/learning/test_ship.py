"""Weights from a run."""

import logging
from pathlib import Path

import numpy as np
import pytest
import torch

from engines.weights_file import load_network
from engines.weights_info import read_info
from focstream.types import InputError
from inference.network.network import FocDepthFormer
from tests.training.learning.test_train import TINY, make_shard
from training.learning.ship import WITHIN_ONE_SIGMA, ShipSettings, fit_sigma, ship


def test_sigma_of_normal_errors_is_nearly_their_standard_deviation() -> None:
    errors = np.abs(np.random.default_rng(0).normal(0.0, 1.7, 100_000)).astype(np.float32)
    assert fit_sigma(errors) == pytest.approx(0.954 * 1.7, rel=0.01)  # 66 % of them, not 68


def test_one_sigma_holds_its_share_of_errors_of_any_kind() -> None:
    errors = np.abs(np.random.default_rng(0).laplace(0.0, 1.0, 100_000)).astype(np.float32)
    sigma = fit_sigma(errors)
    assert np.mean(errors < sigma) == pytest.approx(WITHIN_ONE_SIGMA, abs=0.001)


def test_the_averaged_weights_of_a_run_are_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    make_shard(tmp_path / "calibration" / "easy")
    run = tmp_path / "run"
    run.mkdir()
    network = FocDepthFormer(TINY)
    average = network.state_dict()
    torch.save({"average": average, "config": TINY.model_dump()}, run / "checkpoint.pt")
    out = tmp_path / "new" / "tiny.safetensors"
    with caplog.at_level(logging.INFO):
        ship(ShipSettings(run=run, calibration=tmp_path / "calibration", out=out, name="tiny"))
    assert "sigma" in caplog.text
    info = read_info(out)
    assert (info.name, info.config) == ("tiny", TINY)
    assert 1.0 < info.sigma_per_scale < 100.0  # untrained, it is far too sure
    assert torch.equal(load_network(out).stem.spatial.weight, average["stem.spatial.weight"])


def test_without_stacks_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    torch.save(
        {"average": FocDepthFormer(TINY).state_dict(), "config": TINY.model_dump()},
        tmp_path / "run/checkpoint.pt",
    )
    settings = ShipSettings(
        run=tmp_path / "run", calibration=tmp_path / "none", out=tmp_path / "x.safetensors"
    )
    with pytest.raises(InputError, match="no sets of stacks"):
        ship(settings)
    assert not settings.out.exists()
