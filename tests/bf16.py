"""Marks of tests that need a processor that computes in bfloat16."""

import pytest

from engines.processor import torch_has_bf16

REASON = "needs a processor with AVX512_BF16 or AMX"
NEEDS_TORCH_BF16 = pytest.mark.skipif(not torch_has_bf16(), reason=REASON)
