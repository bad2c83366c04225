"""Whether the processor computes in bfloat16: both libraries answer as they compute."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from engines.choice.choose import candidates
from engines.processor import bf16_is_quicker, openvino_has_bf16, torch_has_bf16

ROOT = Path(__file__).parents[2]
CPUINFO = Path("/proc/cpuinfo")
ANSWERS = "from engines.processor import *; print(openvino_has_bf16(), torch_has_bf16())"


def answers(code: str, **environment: str) -> str:
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.slow
@pytest.mark.parametrize("instructions", ["AVX2", "avx2", "AVX512_CORE", "AVX512_CORE_VNNI"])
def test_without_its_instructions_there_is_no_bfloat16(instructions: str) -> None:
    assert answers(ANSWERS, ONEDNN_MAX_CPU_ISA=instructions, OV_CPU_MAX_ISA=instructions) == "False False"


@pytest.mark.by_processor
@pytest.mark.skipif(not (CPUINFO.exists() and platform.machine() == "x86_64"), reason="needs Linux on x86-64")
def test_both_libraries_say_what_the_kernel_says() -> None:
    (flags, *_) = (line for line in CPUINFO.read_text().splitlines() if line.startswith("flags"))
    expected = bool({"avx512_bf16", "amx_bf16"} & set(flags.split()))
    if "ONEDNN_MAX_CPU_ISA" in os.environ:  # make test-avx2
        expected = False
    assert (openvino_has_bf16(), torch_has_bf16()) == (expected, expected)


@pytest.mark.by_processor
@pytest.mark.skipif(not (CPUINFO.exists() and platform.machine() == "x86_64"), reason="needs Linux on x86-64")
def test_bfloat16_is_chosen_by_itself_only_with_amx() -> None:
    expected = "amx_bf16" in CPUINFO.read_text() and "ONEDNN_MAX_CPU_ISA" not in os.environ
    assert bf16_is_quicker() == expected
    assert ("openvino bf16" in candidates("auto", "auto")) == expected
    assert candidates("openvino", "bf16") == ("openvino bf16",)


@pytest.mark.slow
@pytest.mark.skipif(
    not (CPUINFO.exists() and "avx2" in CPUINFO.read_text() and platform.machine() == "x86_64"),
    reason="needs Linux on x86-64 with AVX2",
)
@pytest.mark.parametrize(
    ("instructions", "answer"), [("avx2", "True 7"), ("AVX512_CORE", "True 7"), ("SSE41", "False 7")]
)
def test_int8_has_seven_bits_where_sums_overflow(instructions: str, answer: str) -> None:
    code = "from engines.processor import *; print(int8_is_quicker(), int8_weight_bits())"
    assert answers(code, ONEDNN_MAX_CPU_ISA=instructions, OV_CPU_MAX_ISA=instructions) == answer


@pytest.mark.slow
def test_what_is_compiled_is_for_the_instructions_that_openvino_may_use() -> None:
    code = "import openvino; from engines.processor import *; print(openvino_processor(openvino.Core()))"
    limited = answers(code, ONEDNN_MAX_CPU_ISA="AVX2", OV_CPU_MAX_ISA="avx2")
    assert limited.endswith("; ONEDNN_MAX_CPU_ISA=AVX2; OV_CPU_MAX_ISA=AVX2")
    assert " FP32" in limited
    assert "BF16" not in limited


def test_to_import_it_loads_neither_library() -> None:
    code = "import sys, engines.processor; print({'torch', 'openvino'} & set(sys.modules))"
    assert answers(code) == "set()"
