"""How ONNX Runtime is asked for a GPU; a double of its session says what it was asked for."""

import onnxruntime as ort
import pytest
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from engines.errors import EngineError
from engines.graphs.folder import read_graphs, shipped_graphs
from engines.onnxruntime_runner import OnnxRunner


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    calls: list[object] = []

    def session(graph: bytes, options: ort.SessionOptions, providers: object) -> None:
        calls.append(providers)
        raise ort_errors.Fail("no GPU in a double")

    def preload_dlls() -> None:
        calls.append("preloaded")
        print("Failed to load libcublas.so.12")  # noqa: T201 - as it does

    monkeypatch.setattr(
        ort, "get_available_providers", lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"]
    )
    monkeypatch.setattr(ort, "InferenceSession", session)
    monkeypatch.setattr(ort, "preload_dlls", preload_dlls, raising=False)
    return calls


def test_on_a_gpu_float32_is_not_rounded_and_libraries_are_loaded_first(
    asked: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(EngineError, match="no GPU in a double"):
        OnnxRunner(read_graphs(shipped_graphs("small")), device="cuda")
    assert asked == ["preloaded", [("CUDAExecutionProvider", {"use_tf32": "0", "device_id": "0"})]]
    assert capsys.readouterr().out == ""


def test_on_a_processor_nothing_is_loaded(asked: list[object]) -> None:
    with pytest.raises(EngineError, match="no GPU in a double"):
        OnnxRunner(read_graphs(shipped_graphs("small")))
    assert asked == [[("CPUExecutionProvider", {})]]
