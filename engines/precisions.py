"""Precisions that graphs are made in."""

from typing import Literal

GraphPrecision = Literal["f32", "f16"]
"""Precision of layers; states, inputs and maps are always float32."""

CpuPrecision = Literal["f32", "bf16", "int8"]
"""What layers compute in with OpenVINO; states, inputs and maps are always float32."""
