"""The doubles have no name that NVIDIA's packages lack, and take no argument that those do not."""

import inspect
from pathlib import Path
from typing import Any

import pytest

from engines.compiled.cache import cache_folder
from engines.gpu.cuda_double import CudaDouble, cudaError_t, cudaMemcpyKind, cudaStreamCaptureMode
from tests.engines.tensorrt.double_enums import ENUMS, ComputeCapability, RtxBuilderFlag, Severity
from tests.engines.tensorrt.real_bindings import VERSIONS, described, download_bindings, run_over_stubs
from tests.engines.tensorrt.real_bindings import arguments as documented
from tests.engines.tensorrt.tensorrt_double import CLASSES, RTX_CLASSES, bindings

HINT = 'needs tensorrt-rtx: pip install "focstream[rtx]"'


def methods(cls: type) -> list[str]:
    return [name for name in vars(cls) if not name.startswith("_")]


def doubles() -> list[tuple[str, type]]:
    every = [*CLASSES, bindings(CudaDouble()).Runtime]
    return [(double.__name__, double) for double in every]


@pytest.mark.parametrize(
    ("name", "double"), [*doubles(), *RTX_CLASSES.items()], ids=lambda value: getattr(value, "__name__", "")
)
def test_every_class_of_tensorrt_for_rtx(name: str, double: type) -> None:
    real = getattr(pytest.importorskip("tensorrt_rtx", reason=HINT), name)
    for method in methods(double):
        found = getattr(real, method)
        own = vars(double)[method]
        if inspect.isfunction(own):
            assert callable(found), method
            assert set(arguments(own)) <= documented(found.__doc__), (method, found.__doc__)


@pytest.mark.parametrize("double", [*ENUMS, RtxBuilderFlag, ComputeCapability], ids=lambda cls: cls.__name__)
def test_every_enumeration_of_tensorrt_for_rtx(double: Any) -> None:
    real = getattr(pytest.importorskip("tensorrt_rtx", reason=HINT), double.__name__.removeprefix("Rtx"))
    assert all(hasattr(real, member.name) for member in double)


def test_severities_of_tensorrt_for_rtx() -> None:
    real = pytest.importorskip("tensorrt_rtx", reason=HINT).ILogger.Severity
    assert all(hasattr(real, member.name) for member in Severity)


@pytest.fixture(scope="session")
def wheels() -> Path:
    """A folder that stays between runs where the user has a cache."""
    return cache_folder() / "test-wheels"


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_every_class_and_enumeration_of_tensorrt(version: str, wheels: Path) -> None:
    real = described(download_bindings(version, wheels))
    for name, double in doubles():
        for method in methods(double):
            own = vars(double)[method]
            assert method in real[name], (name, method)
            if inspect.isfunction(own):
                said = real[name][method]
                assert set(arguments(own)) <= documented(said), (name, method, said)
    for enumeration in (*ENUMS, Severity):
        missing = {member.name for member in enumeration} - set(real[enumeration.__name__])
        assert missing <= {"STRONGLY_TYPED"}, missing  # 11 knows no other networks, and may drop it


CANNOT_BE_USED = """
import sys
import tensorrt_bindings
from engines.errors import EngineError
from engines.tensorrt.build import build_plan
from engines.tensorrt.package import TensorRt
from engines.tensorrt.part import TensorRtRuntime

tensorrt = TensorRt(name="tensorrt", module=tensorrt_bindings)
build = lambda: build_plan(tensorrt, b"", shapes={}, capability="sm_89")
for use in (lambda: TensorRtRuntime(tensorrt), build):
    try:
        use()
    except EngineError as error:
        print(error)
"""


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_tensorrt_that_cannot_use_the_gpu_is_one_line(version: str, wheels: Path) -> None:
    """With a driver older than its CUDA its bindings raise TypeError: "factory function returned nullptr"."""
    lines = run_over_stubs(download_bindings(version, wheels), CANNOT_BE_USED).splitlines()
    assert len(lines) == 2
    assert all(line.startswith(f"tensorrt {version} cannot use the GPU (") for line in lines), lines


def test_every_function_of_cuda() -> None:
    real = pytest.importorskip(
        "cuda.bindings.runtime", reason='needs cuda-bindings: pip install "focstream[rtx]"'
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
            "cuda.bindings.runtime", reason='needs cuda-bindings: pip install "focstream[rtx]"'
        ),
        double.__name__,
    )
    assert all(int(getattr(real, member.name)) == member.value for member in double)
    assert (
        pytest.importorskip(
            "cuda.bindings.runtime", reason='needs cuda-bindings: pip install "focstream[rtx]"'
        ).cudaStreamNonBlocking
        == 1
    )


def arguments(function: Any) -> list[str]:
    return list(inspect.signature(function).parameters)[1:]
