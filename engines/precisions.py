"""Precisions that graphs are made in."""

from typing import Literal

GraphPrecision = Literal["f32", "f16"]
"""Precision of layers; states, inputs and maps are always float32."""
