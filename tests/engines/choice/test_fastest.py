"""An engine that opens, and then cannot get ready: the next one computes, and no slice waits for it."""

import logging
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import focstream
from engines.__main__ import main
from engines.choice.fastest import Candidates, openers
from engines.errors import EngineError
from engines.gpu.cuda_double import CudaDouble
from engines.graphs.folder import read_graphs, shipped_graphs
from engines.network_model import NetworkModel
from engines.runners import RUNNERS, Opener, RunnerInputs
from engines.weights_info import shipped_weights
from tests.engines.tensorrt.made import make_runner

GRAPHS = read_graphs(shipped_graphs("small"))
INPUTS = RunnerInputs(graphs=GRAPHS, weights=shipped_weights("small"), threads=1)
SHAPE = (32, 48)


@pytest.fixture
def without_memory(tmp_path: Path) -> Opener:
    """A GPU that is full: TensorRT opens, and fails with the first state."""
    return lambda inputs: make_runner(inputs.graphs, tmp_path, CudaDouble(total_bytes=1000))


def test_the_next_one_computes_and_the_log_says_why(
    without_memory: Opener, caplog: pytest.LogCaptureFixture
) -> None:
    runners = {"tensorrt f16": without_memory, "onnxruntime f32": RUNNERS["onnxruntime f32"]}
    some = Candidates(openers(tuple(runners), INPUTS, runners))
    model = NetworkModel(some.open(), GRAPHS.info, instead=some.go_on)
    assert model.engine.startswith("tensorrt")
    state = model.initial_state(SHAPE)
    assert model.engine == "onnxruntime f32"
    (line,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert line.startswith("not used: tensorrt f16: cuda-bindings")
    assert line.endswith("cudaMalloc: cudaErrorMemoryAllocation")
    _, maps = model.step(np.zeros(SHAPE, np.uint8), 0.5, state)
    assert maps.coordinate.shape == SHAPE


def test_where_none_is_left_all_reasons_are_said(without_memory: Opener) -> None:
    runners = {"tensorrt f16": without_memory, "tensorrt f32": without_memory}
    some = Candidates(openers(tuple(runners), INPUTS, runners))
    model = NetworkModel(some.open(), GRAPHS.info, instead=some.go_on)
    with pytest.raises(EngineError, match=r"^tensorrt f16 and tensorrt f32: cuda.*MemoryAllocation$"):
        model.initial_state(SHAPE)


def test_states_of_one_runner_are_never_given_to_another(tmp_path: Path) -> None:
    """What fails for a later size ends the run: states of the first size may still be in use."""
    cuda = CudaDouble()
    model = NetworkModel(
        make_runner(GRAPHS, tmp_path, cuda), GRAPHS.info, instead=lambda error: pytest.fail(str(error))
    )
    model.initial_state((16, 16))
    cuda.total_bytes = 0
    with pytest.raises(EngineError, match="MemoryAllocation"):
        model.initial_state(SHAPE)


def test_what_is_built_ahead_is_what_a_live_run_takes(
    without_memory: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(RUNNERS, "tensorrt f16", without_memory)  # type: ignore[misc]
    good = partial(make_runner, cache=tmp_path / "good", cuda=CudaDouble())
    monkeypatch.setitem(RUNNERS, "tensorrt f32", lambda inputs: good(inputs.graphs))  # type: ignore[misc]
    caplog.set_level(logging.INFO)
    assert main(["build", "--engine", "tensorrt", "--size", "48x32"]) == 0
    assert "not used: tensorrt f16: cuda-bindings" in caplog.text
    for colour in ("grey", "colour"):
        assert f"tensorrt queued f32: ready for 48x32, {colour}" in caplog.text
    assert {path.stem for path in tmp_path.rglob("*.plan")} >= {"advance", "decode", "give"}


def test_a_precision_is_refused_before_anything_is_exported(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    words = ["build", "--engine", "onnxruntime", "--precision", "bf16", "--size", "48x32"]
    assert main([*words, "--graphs", str(tmp_path / "new"), "--weights", str(INPUTS.weights)]) == 2
    assert "onnxruntime does not compute in bf16" in caplog.text
    assert not (tmp_path / "new").exists()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_live_run_goes_on_before_its_first_exposure(
    without_memory: Opener,
    compiled_cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setitem(RUNNERS, "tensorrt f16", without_memory)  # type: ignore[misc]
    caplog.set_level(logging.INFO)
    simulated = {"width_px": 64, "height_px": 48}
    with focstream.open_depth(camera="sim", sim=simulated, threads=1, sweeps=1) as maps:
        found = list(maps)
    assert "not used: tensorrt f16: cuda-bindings" in caplog.text
    assert found[-1].engine.split()[0] in ("openvino", "onnxruntime")
    assert [item.slices_seen for item in found] == list(range(1, len(found) + 1))
    assert not any(item.broken for item in found)
