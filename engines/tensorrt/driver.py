"""The driver of NVIDIA's GPUs: its version, and what to install for it."""

import importlib.metadata
import re
import shutil
import subprocess
from pathlib import Path

from focstream.program.extras import install_hint

_VERSION = re.compile(r"\b(\d{3,}\.\d+(?:\.\d+)*)\b")
_FOR_CUDA_13, _FOR_CUDA_12 = 580, 525
_OF_CUDA_13 = ("tensorrt", "tensorrt-cu13", "tensorrt-cu13-bindings", "tensorrt-cu13-libs")


def driver_version(kernel: Path = Path("/proc/driver/nvidia/version")) -> str | None:
    """Return the version, such as "550.54.15"; None where no driver is found."""
    try:
        said = kernel.read_text(encoding="utf-8", errors="replace").partition("\n")[0]
    except OSError:  # not Linux, or Linux inside of Windows
        said = _said_by_its_tool()
    found = _VERSION.search(said)
    return found.group(1) if found else None


def advice(driver: str | None) -> str:
    """Return what to install for a driver of this version, or what is wrong with the driver."""
    if driver is None:
        return "no driver of NVIDIA's is found here: install one, or use another engine"
    major = int(driver.partition(".")[0])
    if major < _FOR_CUDA_12:
        return f"driver {driver} is too old: update it to {_FOR_CUDA_13} or later, or use another engine"
    if major >= _FOR_CUDA_13:
        return f"for driver {driver}: {install_hint('gpu')}"
    newer = [package for package in _OF_CUDA_13 if _is_installed(package)]
    first = f"pip uninstall {' '.join(newer)}; " if newer else ""
    return f"for driver {driver}, which has no CUDA 13: {first}{install_hint('gpu12')}"


def _is_installed(package: str) -> bool:
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _said_by_its_tool() -> str:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ""
    words = [tool, "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        return subprocess.run(words, capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
