"""The Transformer encoder of ``base``: a Vision Transformer that also sees the stem's features."""

from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from inference.network.blocks import Downsample
from inference.network.config import PATCH_PX, NetworkConfig
from inference.network.vision_transformer import VIT_PATCH_PX, VisionTransformer


class VitEncoder(nn.Module):
    """DINOv2's view of the image, plus patches of the stem's features and their mean over the image.

    The image is made smaller by 14/16, so that the patches of 14 px are the 1/16 grid of all else. What the
    stem adds starts as zero: with DINOv2's weights the encoder starts as DINOv2.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        width = config.vit_width
        self.patch = Downsample(config.mid, width)
        self.whole = nn.Linear(config.mid, width)
        for layer in (self.patch.project, self.whole):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
        self.vit = VisionTransformer(width=width, layers=config.vit_layers, heads=config.vit_heads)
        self.latent = nn.Linear(width, config.tokens)

    def see(self, mid: Tensor, image: Tensor) -> Tensor:
        """Tokens of the ViT itself (B, 1 + N, vit_width), the class token first."""
        height, width = (side // PATCH_PX * VIT_PATCH_PX for side in image.shape[-2:])
        smaller = F.interpolate(image, size=(height, width), mode="bilinear", align_corners=False)
        whole = self.whole(mid.mean(dim=(2, 3)))[:, :, None, None]
        return self.vit(smaller, self.patch(mid) + whole)

    def forward(self, mid: Tensor, image: Tensor) -> Tensor:
        """(B, mid, H/8, W/8) and (B, 3, H, W) blue-green-red, 0 … 1 → tokens (B, tokens, H/16, W/16).

        The class token ends here: by attention the patches know what it knows.
        """
        x = self.latent(self.see(mid, image)[:, 1:])
        return x.transpose(1, 2).reshape(len(x), -1, mid.shape[2] // 2, mid.shape[3] // 2)
