"""Precisions that graphs are made in."""

from typing import Literal

GraphPrecision = Literal["f32", "f16"]
"""Of layers; states, inputs and maps are float32 always."""
