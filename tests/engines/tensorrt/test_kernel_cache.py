"""Kernels that TensorRT for RTX compiled are kept beside their plan, and used at the next start."""

import hashlib
import logging
from pathlib import Path

import numpy as np
import pytest

from engines.gpu.cuda_double import CudaDouble
from engines.graphs.folder import read_graphs, shipped_graphs
from tests.engines.tensorrt.made import make_runner

PLANS = 7  # of the network, and what is at its borders


def compiled_at_start(cache: Path, *, name: str = "tensorrt_rtx") -> int:
    """Take one slice, and return how often kernels were compiled for it."""
    cuda = CudaDouble()
    runner = make_runner(read_graphs(shipped_graphs("small")), cache, cuda, name=name)
    state, at = runner.initial_state((1, 32, 48)), np.zeros(1, np.float32)
    runner.step_pictures(np.zeros((1, 21, 35), np.uint8), at, state)
    return cuda.compiled


def test_kernels_are_compiled_once(tmp_path: Path) -> None:
    assert compiled_at_start(tmp_path) == PLANS
    kept = sorted(tmp_path.rglob("*.kernels"))
    assert [path.with_suffix(".plan") for path in kept] == sorted(tmp_path.rglob("*.plan"))
    before = [path.stat().st_mtime_ns for path in kept]
    assert compiled_at_start(tmp_path) == 0
    assert [path.stat().st_mtime_ns for path in kept] == before


def test_kernels_that_are_damaged_or_refused_are_compiled_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    compiled_at_start(tmp_path)
    damaged, refused, *_ = sorted(tmp_path.rglob("*.kernels"))
    good = damaged.read_bytes()
    damaged.write_bytes(good[:-1])
    others = b"kernels of another GPU"
    refused.write_bytes(hashlib.sha256(others).digest() + others)
    with caplog.at_level(logging.INFO):
        assert compiled_at_start(tmp_path) == 2
    assert f"{refused}: TensorRT refuses these kernels; they are compiled anew" in caplog.text
    assert damaged.read_bytes() == refused.read_bytes() == good
    assert compiled_at_start(tmp_path) == 0


def test_where_nothing_can_be_kept_they_are_compiled_at_every_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache = tmp_path / "cache"
    cache.write_text("a file in the place of the folder")
    with caplog.at_level(logging.INFO):
        assert compiled_at_start(cache) == compiled_at_start(cache) == PLANS
    assert "; the next start compiles anew" in caplog.text


def test_tensorrt_itself_compiles_and_keeps_none(tmp_path: Path) -> None:
    assert compiled_at_start(tmp_path, name="tensorrt") == 0
    assert not list(tmp_path.rglob("*.kernels"))
