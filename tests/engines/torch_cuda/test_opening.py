"""Which torch engines there are, and what is said where they cannot run."""

from pathlib import Path

import pytest

from engines.errors import EngineError, NoDeviceError
from engines.runners import RUNNERS, matching, open_runner
from engines.tensorrt.cuda_memory import has_nvidia_device
from engines.torch_cuda.opening import TORCH

WITHOUT_GPU = pytest.mark.skipif(has_nvidia_device(), reason="needs a computer without an NVIDIA GPU")


@WITHOUT_GPU
@pytest.mark.parametrize(
    "name", ["torch cuda f32", "torch cuda f16", "torch cuda bf16", "onnxruntime cuda f32"]
)
def test_without_a_gpu_one_line_says_so(name: str) -> None:
    with pytest.raises(NoDeviceError, match="no NVIDIA GPU") as told:
        open_runner(name, matching(None, None))
    assert "\n" not in str(told.value)


def test_a_gpu_that_torch_cannot_use_is_one_line(monkeypatch: pytest.MonkeyPatch, tiny_weights: Path) -> None:
    """The system knows a GPU, but this torch is built without CUDA."""
    torch = pytest.importorskip("torch")
    if torch.version.cuda is not None:
        pytest.skip("needs a torch without CUDA")
    monkeypatch.setattr("engines.torch_cuda.device.has_nvidia_device", lambda: True)
    with pytest.raises(EngineError, match="built without CUDA") as told:
        TORCH["torch cuda f16"](tiny_weights, 0, 0)
    assert not isinstance(told.value, NoDeviceError)


def test_every_torch_engine_is_a_runner() -> None:
    assert set(TORCH) <= set(RUNNERS)
