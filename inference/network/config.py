"""The numbers that make a FocDepthFormer."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from focstream.frozen_model import FrozenModel

PATCH_PX = 16
"""Side of a patch; images are padded to a multiple of it inside the network."""
BLOCK_PATCHES = 4
"""Side of the blocks of patches that patches look at."""
CELL_PX = 4
"""Side of a cell of the fine features."""
STEM_KERNELS = (1, 3, 5)
"""Sides of the stem's parallel kernels, in cells: 4, 12 and 20 px of the image."""
FOCUS_MOMENTS = 8
"""Moments of the focus curve that are kept per cell (`fine.attend_focus`)."""


class NetworkConfig(FrozenModel):
    """Widths and depths. The defaults are ``small``; `docs/how/network.md` says what they rest on."""

    fine: int = Field(default=48, gt=0, le=4096)
    """Channels at 1/4; a multiple of three, the stem's kernel sizes."""
    mid: int = Field(default=96, gt=0, le=4096)
    """Channels at 1/8."""
    tokens: int = Field(default=160, gt=0, le=4096)
    """Width of a token (1/16)."""
    stem_blocks: int = Field(default=2, gt=0, le=64)
    """Residual blocks of the stem at 1/4."""
    decoder_blocks: int = Field(default=3, gt=0, le=64)
    """Residual blocks of the decoder at 1/4."""
    layers: int = Field(default=3, ge=0, le=64)
    """Transformer layers of the encoder; 0 leaves the Transformer out, the decoder's, too."""
    completion: int = Field(default=2, gt=0, le=64)
    """Transformer layers of the decoder, whose patches have seen all slices so far."""
    heads: int = Field(default=5, gt=0, le=64)
    """Attention heads of a layer."""
    mlp_ratio: int = Field(default=3, gt=0, le=16)
    """Hidden width of a layer's feed-forward part, in token widths."""
    groups: int = Field(default=6, gt=0, le=1024)
    """Groups of channels with a running attention of their own at 1/4 and 1/8."""
    fusion: Literal["fine", "latent"] = "fine"
    """fine: running attention at 1/4 and 1/8 besides the latent LSTM. latent: the paper's, LSTM alone."""
    recurrence: bool = True
    """False leaves the LSTM out: activated tokens go straight to the max pooling (ablation)."""
    coordinate: bool = True
    """False hides the sweep coordinate from the encoder (ablation)."""
    encoder: Literal["patches", "vit14"] = "patches"
    """patches: `layers` Transformer layers over patches of the features at 1/8. vit14: a Vision Transformer
    of DINOv2's kind over patches of the image, to which such patches are added."""
    vit_width: int = Field(default=384, gt=0, le=4096)
    """Width of a token in the encoder vit14; as the next two, that of ViT-S."""
    vit_layers: int = Field(default=12, gt=0, le=64)
    """Layers of the encoder vit14."""
    vit_heads: int = Field(default=6, gt=0, le=64)
    """Attention heads of a layer of the encoder vit14."""

    @model_validator(mode="after")
    def _widths_are_shared_evenly(self) -> Self:
        for shared, among in (
            ("tokens", "heads"),
            ("fine", "groups"),
            ("mid", "groups"),
            ("vit_width", "vit_heads"),
        ):
            if getattr(self, shared) % getattr(self, among):
                raise ValueError(f"{shared} must be a multiple of {among}")
        if self.fine % len(STEM_KERNELS):
            raise ValueError(f"fine must be a multiple of {len(STEM_KERNELS)}")
        return self


TINY = NetworkConfig(fine=24, mid=48, tokens=80)
"""The network for ordinary computers: half as wide as `SMALL`, a quarter of its arithmetic."""
SMALL = NetworkConfig()
"""The network for CPUs."""
BASE = NetworkConfig(encoder="vit14")
"""`SMALL` with a ViT-S/14 as encoder, which can start from DINOv2's weights."""

SizeName = Literal["tiny", "small", "base"]
SIZES: Mapping[SizeName, NetworkConfig] = {"tiny": TINY, "small": SMALL, "base": BASE}
"""By the names that users give."""
