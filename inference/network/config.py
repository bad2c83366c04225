"""The numbers that make a FocDepthFormer."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

PATCH_PX = 16
"""Side of a patch; images are padded to a multiple of it inside the network."""
CELL_PX = 4
"""Side of a cell of the fine features."""


class NetworkConfig(BaseModel):
    """Widths and depths. The defaults are ``small``; `docs/network.md` says what they rest on."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    fine: int = Field(default=48, gt=0)
    """Channels at 1/4."""
    mid: int = Field(default=96, gt=0)
    """Channels at 1/8."""
    tokens: int = Field(default=160, gt=0)
    """Width of a token (1/16)."""
    layers: int = Field(default=4, ge=0)
    """Transformer layers; 0 leaves the Transformer out."""
    heads: int = Field(default=5, gt=0)
    """Attention heads of a layer."""
    mlp_ratio: int = Field(default=3, gt=0)
    """Hidden width of a layer's feed-forward part, in token widths."""
    groups: int = Field(default=6, gt=0)
    """Groups of channels with a running attention of their own at 1/4 and 1/8."""
    fusion: Literal["fine", "latent"] = "fine"
    """fine: running attention at 1/4 and 1/8 besides the latent LSTM. latent: the paper's, LSTM alone."""
    recurrence: bool = True
    """False leaves the LSTM out: activated tokens go straight to the max pooling (ablation)."""
    coordinate: bool = True
    """False hides the sweep coordinate from the encoder (ablation)."""
