"""Whether this processor computes in bfloat16 or int8. What chooses a precision on the CPU asks here.

Processors with AVX512_BF16 or AMX do, and ARM processors with bfloat16 instructions. Elsewhere the libraries
take bfloat16 all the same, but slowly. With AVX2 alone, torch multiplies such matrices in a plain loop:
products of 512 × 512 take about 90 times as long as in float32, and the loop heeds no interrupt. With plain
AVX-512, torch says that it supports bfloat16, but converts to float32 and back: 7 times as long.

To see on a newer machine what happens on one with AVX2 alone, start a process with these in its environment:
``ONEDNN_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2 OV_CPU_MAX_ISA=AVX2``. torch and OpenVINO obey, both in how
they compute and in what they answer here. Set all three: OpenVINO needs its own limit as well as oneDNN's.

Products of eight bits are added up in 32 bits where the processor has VNNI or AMX, and on ARM. AVX2 and plain
AVX-512 add pairs of them in 16 bits, which overflow when both are large: weights have seven bits there.
"""

import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

from engines.errors import EngineError

if TYPE_CHECKING:
    import openvino as ov

NO_INT8 = "OpenVINO does not compute in int8 on this processor"
NO_BF16 = "this processor does not compute in bfloat16 (that takes AVX512_BF16 or AMX)"

LIMITS = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "OV_CPU_MAX_ISA")
"""Variables of the environment that keep OpenVINO from instructions of the processor."""

_X86 = ("x86_64", "AMD64")
_WIDE_INT8 = frozenset({"avx512_vnni", "avx_vnni", "amx_int8"})
"""_WIDE_INT8 are flags of processors that add up products of eight bits in 32."""
_PLAIN_AVX512 = ("AVX512_CORE", "AVX512_CORE_VNNI")


def openvino_has_bf16(core: "ov.Core | None" = None) -> bool:
    """Say whether OpenVINO computes in bfloat16 on this processor."""
    import openvino as ov

    return "BF16" in (core or ov.Core()).get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def openvino_processor(core: "ov.Core") -> str:
    """Describe all that OpenVINO compiles for: the processor, what it can do, and what it is kept from.

    The name alone is that of several in virtual machines, and code for more instructions does not load.
    """
    name = core.get_property("CPU", "FULL_DEVICE_NAME")
    abilities = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    limits = [f"{limit}={os.environ[limit].upper()}" for limit in LIMITS if os.environ.get(limit)]
    return "; ".join([str(name), " ".join(sorted(abilities)), *limits])


def torch_has_bf16() -> bool:
    """Say whether torch computes in bfloat16 on this processor; GPUs are no concern of this."""
    import torch

    if not torch.backends.mkldnn.is_available():  # the rest of torch has only loops for it
        return False
    if not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return False
    if platform.machine() not in _X86:  # on ARM, torch has just said whether the instructions are there
        return True
    if os.environ.get("ONEDNN_MAX_CPU_ISA", "").upper() in _PLAIN_AVX512:
        return False
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def bf16_is_quicker() -> bool:
    """Say whether bfloat16 is quicker than float32 on this processor, so that it is chosen by itself.

    On x86 that takes AMX: with AVX512_BF16 alone a step of the network took OpenVINO 164 ms at 640 × 480, and
    102 ms in float32 (36.5 and 23.3 ms at 256 × 256; Xeon, two cores, OpenVINO 2026.4). Only Linux says
    whether a processor has it; elsewhere bfloat16 has to be asked for. On ARM it is as the libraries say.
    """
    if platform.machine() not in _X86:
        return True
    return not _limits() and "amx_bf16" in _flags()


def openvino_has_int8(core: "ov.Core | None" = None) -> bool:
    """Say whether OpenVINO computes in int8 on this processor."""
    import openvino as ov

    return "INT8" in (core or ov.Core()).get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def int8_weight_bits() -> int:
    """Return how many bits weights may have: 7 where sums of products overflow, or that is not known."""
    if platform.machine() not in _X86:
        return 8
    return 7 if _limits() or _WIDE_INT8.isdisjoint(_flags()) else 8


def int8_is_quicker() -> bool:
    """Say whether int8 is quicker than float32 on this processor, so that it may be chosen by itself.

    It was measured on x86 with AVX2 alone, plain AVX-512 and AVX512_VNNI; docs/measured/engines.md has the
    times of the first and the last. Nothing is known of ARM, and of systems other than Linux; with AMX,
    bfloat16 is quick.
    """
    if platform.machine() not in _X86 or bf16_is_quicker():
        return False
    return "avx2" in _flags() and _limits() <= {"AVX2", *_PLAIN_AVX512}


def require_int8(has_int8: bool) -> None:
    """Refuse int8 where it is not computed.

    Raises
    ------
    EngineError
        When it is not.
    """
    if not has_int8:
        raise EngineError(f"{NO_INT8}; use --precision f32")


def require_bf16(has_bf16: bool) -> None:
    """Refuse bfloat16 where it is not computed.

    Raises
    ------
    EngineError
        When it is not.
    """
    if not has_bf16:
        raise EngineError(f"{NO_BF16}; use --precision f32")


def _limits() -> set[str]:
    """Return what the environment keeps OpenVINO from using more than."""
    return {os.environ[limit].upper() for limit in LIMITS if os.environ.get(limit)}


def _flags() -> frozenset[str]:
    """Return what an x86 processor can do; nothing where the system is not Linux, which alone says so."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return frozenset()
    return frozenset(next((line for line in lines if line.startswith("flags")), "").split())
