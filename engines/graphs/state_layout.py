"""Names and shapes of all that crosses the border of a compiled graph, by the network's configuration alone.

States and features are nested dataclasses in torch. A compiled graph has flat, named tensors instead: this is
the one list of them. Engines know the shapes from it without torch.
"""

from dataclasses import dataclass

import numpy as np

from engines.base import FloatArray
from inference.network.config import CELL_PX, FOCUS_MOMENTS, PATCH_PX, NetworkConfig

IMAGES = "images"
COORDINATES = "coordinates"
MAPS = ("coordinate", "log_scale", "all_in_focus")
"""Outputs of `decode`: (B, H, W), (B, H, W), (B, H, W, 3)."""
F32_TOLERANCES = {"coordinate": 1e-4, "log_scale": 1e-3, "all_in_focus": 1e-4}
"""Greatest difference between float32 engines at any pixel: of the sweep range, of the logarithm (1e-3 is a
thousandth of σ), of full scale."""
NEXT = "_next"
"""An output that is the state after one slice more has the input's name and this."""

_NEVER = -1e4
_CELL_COLOURS = 3 * CELL_PX * CELL_PX
_MID_PX = 2 * CELL_PX


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorSpec:
    """One float32 tensor (B, C, H/stride, W/stride), or (B,) or (B, C) where it has no stride.

    Attributes
    ----------
    path
        Its place in the torch dataclasses, such as ``"fine.focus.peak"``.
    channels
        0 = one value for each of the batch, shape (B,).
    stride_px
        Side of the square of the image that one position covers; 0 = no positions.
    start
        Value before the first slice, one for all channels or one for each.
    """

    path: str
    channels: int
    stride_px: int
    start: tuple[float, ...] = (0.0,)

    @property
    def name(self) -> str:
        """Name as an input of a graph."""
        return self.path.replace(".", "_")

    @property
    def next_name(self) -> str:
        """Name as an output of a graph, after one slice more."""
        return self.name + NEXT

    def shape(self, batch: int, height_px: int, width_px: int) -> tuple[int, ...]:
        """Shape for padded images of this size."""
        channels = (self.channels,) if self.channels else ()
        places = (height_px // self.stride_px, width_px // self.stride_px) if self.stride_px else ()
        return (batch, *channels, *places)

    def initial(self, batch: int, height_px: int, width_px: int) -> FloatArray:
        """Return the value before the first slice, in memory of its own."""
        shape = self.shape(batch, height_px, width_px)
        start = np.asarray(self.start, np.float32)
        if start.size > 1:
            start = start.reshape(-1, *(1,) * (len(shape) - 2))
        return np.ascontiguousarray(np.broadcast_to(start, shape)).copy()


def feature_tensors(config: NetworkConfig) -> tuple[TensorSpec, ...]:
    """Return what `encode` says of a slice beside its coordinate (`SliceFeatures`)."""
    return (
        TensorSpec(path="features.fine", channels=config.fine, stride_px=CELL_PX),
        TensorSpec(path="features.mid", channels=config.mid, stride_px=_MID_PX),
        TensorSpec(path="features.tokens", channels=config.tokens, stride_px=PATCH_PX),
        TensorSpec(path="features.sharpness", channels=1, stride_px=CELL_PX),
        TensorSpec(path="features.colour", channels=_CELL_COLOURS, stride_px=CELL_PX),
    )


def state_tensors(config: NetworkConfig) -> tuple[TensorSpec, ...]:
    """Return what is remembered over slices (`SweepState`)."""
    return (
        *_latent(config.tokens),
        *_attention("fine.focus", groups=1, channels=FOCUS_MOMENTS + _CELL_COLOURS, stride_px=CELL_PX),
        TensorSpec(path="fine.centre", channels=1, stride_px=CELL_PX),
        *_attention("fine.fine", groups=config.groups, channels=config.fine, stride_px=CELL_PX),
        *_attention("fine.mid", groups=config.groups, channels=config.mid, stride_px=_MID_PX),
        TensorSpec(path="fine.previous", channels=config.fine, stride_px=CELL_PX),
        TensorSpec(path="seen", channels=0, stride_px=0),
        TensorSpec(path="span", channels=3, stride_px=0, start=(np.inf, -np.inf, 0.0)),
    )


def _latent(tokens: int) -> tuple[TensorSpec, ...]:
    return (
        TensorSpec(path="latent.hidden", channels=tokens, stride_px=PATCH_PX),
        TensorSpec(path="latent.cell", channels=tokens, stride_px=PATCH_PX),
        TensorSpec(path="latent.active_max", channels=tokens, stride_px=PATCH_PX, start=(-1.0,)),
        TensorSpec(path="latent.passive_sum", channels=tokens, stride_px=PATCH_PX),
        TensorSpec(path="latent.passive_count", channels=1, stride_px=PATCH_PX),
    )


def _attention(path: str, *, groups: int, channels: int, stride_px: int) -> tuple[TensorSpec, ...]:
    return (
        TensorSpec(path=f"{path}.peak", channels=groups, stride_px=stride_px, start=(_NEVER,)),
        TensorSpec(path=f"{path}.weight", channels=groups, stride_px=stride_px),
        TensorSpec(path=f"{path}.total", channels=channels, stride_px=stride_px),
    )


def map_shapes(shape: tuple[int, int, int]) -> tuple[tuple[int, ...], ...]:
    """Shapes of `MAPS`, for padded images of `shape` (B, H, W)."""
    return shape, shape, (*shape, 3)
