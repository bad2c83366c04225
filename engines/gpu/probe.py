"""What there is: GPU, driver and packages; and the most that copies and products reach."""

import importlib.metadata
import importlib.util
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from engines.gpu.findings import Findings, StageWork, Table
from engines.gpu.gpu_or_double import double_of, open_gpu
from engines.tensorrt.cuda_memory import Bytes, Cuda, DeviceMemory, Stream

_ASKED = (
    "name",
    "driver_version",
    "compute_cap",
    "memory.total",
    "mig.mode.current",
    "pcie.link.gen.current",
    "pcie.link.width.current",
    "power.limit",
)
_PACKAGES = (
    "torch",
    "tensorrt",
    "tensorrt-cu12",
    "tensorrt-cu13",
    "tensorrt-rtx",
    "cuda-bindings",
    "pycuda",
    "onnxruntime",
    "onnxruntime-gpu",
    "numpy",
)
_COPIED_BYTES = (200_000, 720_000, 921_600, 3_690_000, 6_140_000)
"""Slices and maps of 256 x 256 and 640 x 480, in bytes and in float32."""
_COPIES = 50
_SIDE, _REPEATS = 4096, 20
_SIDE_ON_PROCESSORS = 512


def probe(work: StageWork) -> Findings:
    """Describe the GPU, and measure what bounds all that follows."""
    cuda = open_gpu(double_of(rehearse=work.rehearse))
    tables = [_packages(), _copies(cuda)]
    products, why_not = _products(work)
    if products is not None:
        tables.append(products)
    lines = (f"{cuda.gpu.name}, {cuda.gpu.capability}", *_system(), *([why_not] if why_not else []))
    return Findings(lines=lines, tables=tuple(tables))


def _system() -> Iterator[str]:
    """Yield what the driver's tool knows of every GPU."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        yield "nvidia-smi is not there: driver and clocks are not known"
        return
    asked = [tool, f"--query-gpu={','.join(_ASKED)}", "--format=csv,noheader"]
    answer = subprocess.run(asked, capture_output=True, text=True, timeout=20, check=False)
    for line in answer.stdout.splitlines():
        values = [value.strip() for value in line.split(",")]
        yield ", ".join(f"{name} {value}" for name, value in zip(_ASKED, values, strict=False))
    if answer.returncode:
        yield f"nvidia-smi: {' '.join((answer.stderr or answer.stdout).split())}"


def _packages() -> Table:
    rows = []
    for name in _PACKAGES:
        try:
            rows.append((name, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            rows.append((name, "not installed"))
    return Table(title="Packages", head=("package", "version"), rows=tuple(rows))


def _copies(cuda: Cuda) -> Table:
    stream = cuda.stream()
    rows = []
    for size_bytes in _COPIED_BYTES:
        device, host = cuda.allocate(size_bytes), cuda.pinned(size_bytes)
        ways = ((device, host), (host, device))
        times = [_median_ms(partial(_copy, cuda, to, source, stream), _COPIES) for to, source in ways]
        rows.append(
            (f"{size_bytes / 1e6:.2f}", *(f"{ms:.3f} ({size_bytes / ms / 1e6:.1f} GB/s)" for ms in times))
        )
    title = f"One copy of pinned memory and its end, p50 of {_COPIES}, ms"
    return Table(title=title, head=("MB", "to the GPU", "from the GPU"), rows=tuple(rows))


def _copy(cuda: Cuda, to: DeviceMemory | Bytes, source: DeviceMemory | Bytes, stream: Stream) -> None:
    cuda.copy(to, source, stream)
    cuda.synchronise(stream)


def _products(work: StageWork) -> tuple[Table | None, str]:
    """Measure matrix products with torch; or return why not."""
    if importlib.util.find_spec("torch") is None:
        return None, "torch is not installed: products were not measured"
    import torch

    if not work.rehearse and not torch.cuda.is_available():
        return None, f"torch {torch.__version__} sees no GPU: products were not measured"
    device = torch.device("cpu" if work.rehearse else "cuda")
    side = _SIDE_ON_PROCESSORS if work.rehearse else _SIDE
    types = (torch.float32,) if work.rehearse else (torch.float32, torch.bfloat16, torch.float16)
    torch.backends.cuda.matmul.allow_tf32 = False
    rows = []
    for precision in types:
        a = torch.randn(side, side, device=device).to(precision)

        def multiply(a: torch.Tensor = a) -> None:
            torch.mm(a, a)
            if a.is_cuda:
                torch.cuda.synchronize()

        ms = _median_ms(multiply, _REPEATS)
        rows.append((str(precision).removeprefix("torch."), f"{2 * side**3 / ms / 1e9:.2f}"))
    title = f"Products of {side} × {side} matrices in torch, no TF32, p50 of {_REPEATS}"
    return Table(title=title, head=("precision", "TFLOP/s"), rows=tuple(rows)), ""


def _median_ms(work: Callable[[], object], count: int) -> float:
    work()
    times = []
    for _ in range(count):
        start_s = time.perf_counter()
        work()
        times.append(1e3 * (time.perf_counter() - start_s))
    return float(np.median(times))
