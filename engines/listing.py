"""What `python -m engines list` prints."""

import contextlib
import importlib.metadata
from collections.abc import Iterable

from engines.choice.faster import NETWORKS
from engines.compiled.cache import CompiledFolder, CompiledKey
from engines.compiled.own_code import made_by
from engines.graphs.folder import Graphs, is_shipped, read_graphs, shipped_graphs
from engines.int8.table import ranges_key, read_ranges
from engines.processor import (
    NO_BF16,
    NO_INT8,
    int8_weight_bits,
    openvino_has_bf16,
    openvino_has_int8,
    openvino_processor,
    torch_has_bf16,
)
from focstream.program.extras import install_hint
from focstream.types import FocstreamError

_PACKAGES = {
    "torch": "train",
    "onnxruntime": "",
    "openvino": "openvino",
    "tensorrt-cu13": "gpu",
    "tensorrt-cu12": "gpu12",
    "tensorrt-rtx": "rtx",
    "cuda-bindings": "gpu",
    "pycuda": "pycuda",
}
"""Package of an engine, and the extra that brings it."""
_TENSORRT = (
    ("tensorrt", "tensorrt-cu12"),
    ("tensorrt", "tensorrt-cu13"),
    ("tensorrt", "tensorrt"),
    ("tensorrt_rtx", "tensorrt-rtx"),
)
"""Modules, and the packages that may bring them; the last one that is there counts."""


def listing(compiled: Iterable[CompiledFolder]) -> str:
    """Return the engines with their versions, and what is compiled already."""
    lines = [f"{package}: {_version(package, extra)}" for package, extra in _PACKAGES.items()]
    current = _Current()
    lines += ["", *_bfloat16(), *_int8(), "", "compiled:"]
    lines += [
        f"  {entry.folder.name}  {entry.size_bytes / 2**20:.1f} MiB  {entry.key.engine} {entry.key.version}, "
        f"{entry.key.device_name}{_outdated(entry.key, current)}"
        for entry in compiled
    ] or ["  nothing yet"]
    return "\n".join(lines) + "\n"


class _Current:
    """What a run without further options would compile for now, as far as it is installed here."""

    def __init__(self) -> None:
        shipped = [read_graphs(shipped_graphs(name)) for name in NETWORKS if is_shipped(name)]
        self.ranges = {graphs.digest: _ranges(graphs) for graphs in shipped}
        self.versions: dict[str, str] = {}
        self.devices: dict[str, str] = {}
        for name, package in _TENSORRT:
            installed = _installed(package)
            if installed is not None:
                self.versions[name] = made_by(installed, "tensorrt")
        with contextlib.suppress(ImportError):
            import openvino as ov

            self.versions["openvino"] = made_by(ov.get_version(), "openvino")
            self.devices["openvino"] = openvino_processor(ov.Core())


def _ranges(graphs: Graphs) -> str:
    """Return what int8 would be compiled from; "none" where there is no table."""
    try:
        return ranges_key(read_ranges(graphs).layers, weight_bits=int8_weight_bits())
    except FocstreamError:
        return "none"


def _outdated(key: CompiledKey, current: _Current) -> str:
    """Mark what is not used now: built by or for something else."""
    others = [
        what
        for what, found, now in (
            ("version", key.version, current.versions.get(key.engine)),
            ("processor", key.device, current.devices.get(key.engine, key.device)),
            ("graphs", key.graphs_digest in current.ranges, True),
            ("activation ranges", key.ranges, current.ranges.get(key.graphs_digest) if key.ranges else ""),
        )
        if found != now
    ]
    return f" (not current: other {' and '.join(others)})" if others else ""


def _bfloat16() -> list[str]:
    """Say for every engine on the processor that is installed whether it computes in bfloat16."""
    answers = []
    for name, has_bf16 in (("openvino", openvino_has_bf16), ("torch", torch_has_bf16)):
        with contextlib.suppress(ImportError):
            answers.append(f"{name} bf16: {'can be used' if has_bf16() else NO_BF16}")
    return answers


def _int8() -> list[str]:
    """Say whether OpenVINO computes in int8 here, with the table that comes with the package."""
    try:
        if not openvino_has_int8():
            return [f"openvino int8: {NO_INT8}"]
    except ImportError:
        return []
    try:
        doubt = read_ranges(read_graphs(shipped_graphs("small"))).doubt(int8_weight_bits())
    except FocstreamError as error:
        return [f"openvino int8: {error}"]
    return [f"openvino int8: can be used, with weights of {int8_weight_bits()} bits{doubt and f'; {doubt}'}"]


def _version(package: str, extra: str) -> str:
    return _installed(package) or f"not installed; {install_hint(extra)}"


def _installed(package: str) -> str | None:
    """Return the version of a package, which may be installed under the name of one kind of it."""
    for kind in ("", "-gpu", "-cu13", "-cu12"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            return importlib.metadata.version(f"{package}{kind}")
    return None
