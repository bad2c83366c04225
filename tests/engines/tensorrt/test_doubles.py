"""The doubles have no name that NVIDIA's packages lack, and take no argument that those do not."""

import inspect
from typing import Any

import pytest

from tests.engines.tensorrt.cuda_double import CudaDouble, cudaError_t, cudaMemcpyKind, cudaStreamCaptureMode
from tests.engines.tensorrt.tensorrt_double import CLASSES, ENUMS, Severity, bindings


def methods(cls: type) -> list[str]:
    return [name for name in vars(cls) if not name.startswith("_")]


@pytest.mark.parametrize("double", [*CLASSES, bindings(CudaDouble()).Runtime], ids=lambda cls: cls.__name__)
def test_every_class_of_tensorrt(double: type) -> None:
    real = getattr(
        pytest.importorskip("tensorrt_rtx", reason='needs tensorrt-rtx: pip install "focstream[rtx]"'),
        double.__name__,
    )
    for name in methods(double):
        found = getattr(real, name)
        own = vars(double)[name]
        if inspect.isfunction(own):
            assert callable(found), name
            assert all(f"{argument}: " in found.__doc__ for argument in arguments(own)), (name, found.__doc__)


@pytest.mark.parametrize("double", ENUMS, ids=lambda cls: cls.__name__)
def test_every_enumeration_of_tensorrt(double: Any) -> None:
    real = getattr(
        pytest.importorskip("tensorrt_rtx", reason='needs tensorrt-rtx: pip install "focstream[rtx]"'),
        double.__name__,
    )
    assert all(hasattr(real, member.name) for member in double)


def test_severities_of_tensorrt() -> None:
    real = pytest.importorskip(
        "tensorrt_rtx", reason='needs tensorrt-rtx: pip install "focstream[rtx]"'
    ).ILogger.Severity
    assert all(hasattr(real, member.name) for member in Severity)


def test_every_function_of_cuda() -> None:
    real = pytest.importorskip(
        "cuda.bindings.runtime", reason='needs cuda-python: pip install "focstream[rtx]"'
    )
    functions = [name for name in methods(CudaDouble) if inspect.isfunction(vars(CudaDouble)[name])]
    functions.remove("queue")
    assert len(functions) > 10
    for name in functions:
        signature = getattr(real, name).__doc__.split(")")[0]
        count = len([word for word in signature.split("(")[1].split(",") if word.strip()])
        assert count == len(arguments(vars(CudaDouble)[name])), signature


@pytest.mark.parametrize("double", [cudaError_t, cudaMemcpyKind, cudaStreamCaptureMode])
def test_every_enumeration_of_cuda(double: Any) -> None:
    real = getattr(
        pytest.importorskip(
            "cuda.bindings.runtime", reason='needs cuda-python: pip install "focstream[rtx]"'
        ),
        double.__name__,
    )
    assert all(int(getattr(real, member.name)) == member.value for member in double)
    assert (
        pytest.importorskip(
            "cuda.bindings.runtime", reason='needs cuda-python: pip install "focstream[rtx]"'
        ).cudaStreamNonBlocking
        == 1
    )


def arguments(function: Any) -> list[str]:
    return list(inspect.signature(function).parameters)[1:]
