"""What `python -m engines list` prints."""

import contextlib
import importlib.metadata
from collections.abc import Iterable

from engines.cache import CompiledFolder
from engines.processor import NO_BF16, openvino_has_bf16, torch_has_bf16
from focstream.program.extras import install_hint

_PACKAGES = {
    "torch": "train",
    "onnxruntime": "",
    "openvino": "openvino",
    "tensorrt": "gpu",
    "tensorrt-rtx": "rtx",
    "pycuda": "gpu",
    "cuda-python": "gpu",
}
"""Package of an engine, and the extra that brings it."""


def listing(compiled: Iterable[CompiledFolder]) -> str:
    """Return the engines with their versions, and what is compiled already."""
    lines = [f"{package}: {_version(package, extra)}" for package, extra in _PACKAGES.items()]
    lines += ["", *_bfloat16(), "", "compiled:"]
    lines += [
        f"  {entry.folder.name}  {entry.size_bytes / 2**20:.1f} MiB  {entry.key.engine} {entry.key.version}, "
        f"{entry.key.device}"
        for entry in compiled
    ] or ["  nothing yet"]
    return "\n".join(lines) + "\n"


def _bfloat16() -> list[str]:
    """Say for every engine on the processor that is installed whether it computes in bfloat16."""
    answers = []
    for name, has_bf16 in (("openvino", openvino_has_bf16), ("torch", torch_has_bf16)):
        with contextlib.suppress(ImportError):
            answers.append(f"{name} bf16: {'can be used' if has_bf16() else NO_BF16}")
    return answers


def _version(package: str, extra: str) -> str:
    for name in (package, f"{package}-gpu"):  # ONNX Runtime comes under either name
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            return importlib.metadata.version(name)
    return f"not installed; {install_hint(extra) if extra else f'pip install {package}'}"
