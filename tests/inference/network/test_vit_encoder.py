"""The encoder of ``base``: a plain ViT at first, on the grid of all else."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from inference.network.config import BASE, SMALL, NetworkConfig
from inference.network.network import FocDepthFormer
from inference.network.vision_transformer import VisionTransformer
from inference.network.vit_encoder import VitEncoder

CONFIG = NetworkConfig(mid=12, tokens=20, encoder="vit14", vit_width=16, vit_layers=2, vit_heads=2)


def encoder() -> VitEncoder:
    torch.manual_seed(0)
    return VitEncoder(CONFIG).eval()


def features_and_image(*, height: int = 48, width: int = 80) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    mid = torch.randn(2, CONFIG.mid, height // 8, width // 8, generator=generator)
    return mid, torch.rand(2, 3, height, width, generator=generator)


@torch.no_grad()
def test_at_first_it_is_the_vit_alone() -> None:
    model = encoder()
    mid, image = features_and_image()
    smaller = F.interpolate(image, size=(42, 70), mode="bilinear")
    assert torch.equal(model.see(mid, image), model.vit(smaller, torch.zeros(1, 1, 1, 1)))


@torch.no_grad()
def test_what_the_stem_adds_reaches_its_own_patch_and_all_others() -> None:
    model = encoder()
    mid, image = features_and_image()
    alone = model.see(mid, image)
    torch.nn.init.normal_(model.patch.project.weight)
    changed = mid.clone()
    changed[:, :, 2, 4] += 1.0  # in patch (1, 2)
    effect = (model.see(changed, image) - model.see(mid, image)).abs().amax(dim=(0, 2))
    assert not torch.equal(model.see(mid, image), alone)
    assert effect.argmax() == 1 + 1 * 5 + 2
    assert (effect > 0).all()  # the class token as well


@pytest.mark.parametrize(("height", "width"), [(16, 16), (48, 80), (80, 32)])
def test_its_tokens_lie_on_the_grid_of_the_latent(height: int, width: int) -> None:
    mid, image = features_and_image(height=height, width=width)
    assert encoder()(mid, image).shape == (2, CONFIG.tokens, height // 16, width // 16)


@torch.no_grad()
def test_tokens_of_a_patch_come_from_its_place_in_the_image() -> None:
    vit = VisionTransformer(width=8, layers=1, heads=1).eval()
    image = torch.rand(1, 3, 42, 70)
    seen = vit(image, torch.zeros(1, 1, 1, 1))
    image[:, :, 14:28, 56:70] = 1.0 - image[:, :, 14:28, 56:70]  # row 1, column 4 of 3 × 5
    effect = (vit(image, torch.zeros(1, 1, 1, 1)) - seen).abs().amax(dim=(0, 2))
    assert effect.argmax() == 1 + 1 * 5 + 4


def test_the_stem_is_taught_from_the_first_step() -> None:
    model = encoder().train()
    mid, image = features_and_image()
    model(mid, image).square().sum().backward()
    assert model.patch.project.weight.grad.abs().max() > 0
    assert model.whole.weight.grad.abs().max() > 0


def test_base_differs_from_small_in_the_encoder_alone() -> None:
    with torch.device("meta"):
        small, base = FocDepthFormer(SMALL), FocDepthFormer(BASE)

    def others(network: FocDepthFormer) -> dict[str, torch.Size]:
        return {name: p.shape for name, p in network.state_dict().items() if not name.startswith("encoder.")}

    assert others(base) == others(small)
    assert sum(p.numel() for p in base.encoder.vit.parameters()) == 22_055_808  # DINOv2's ViT-S/14
