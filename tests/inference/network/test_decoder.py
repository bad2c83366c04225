import pytest
import torch
from torch import Tensor

from inference.network.config import NetworkConfig
from inference.network.decoder import FOCUS_SCALARS, Completion, keep_within
from inference.network.encoder import blocks

TINY = NetworkConfig(fine=12, mid=12, tokens=20, layers=1, heads=2, groups=3)
PATCHES = (6, 9)


def completed(config: NetworkConfig, *, mid: Tensor, focus: Tensor) -> Tensor:
    torch.manual_seed(0)
    module = Completion(config)
    return module(torch.zeros(1, config.tokens, *PATCHES), mid=mid, focus=focus).detach()


@pytest.mark.parametrize("changed", ["mid", "focus"])
def test_what_one_corner_has_fused_reaches_the_other(changed: str) -> None:
    fused = {
        "mid": torch.randn(1, 12, 2 * PATCHES[0], 2 * PATCHES[1]),
        "focus": torch.rand(1, FOCUS_SCALARS, 4 * PATCHES[0], 4 * PATCHES[1]),
    }
    before = completed(TINY, **fused)
    fused[changed][..., :2, :2] += 1.0
    moved = (completed(TINY, **fused) - before).abs().amax(dim=(0, 1))
    assert (moved > 1e-6).all()
    assert moved[0, 0] == moved.max()


def test_without_transformer_nothing_looks_around() -> None:
    mid = torch.randn(1, 12, 2 * PATCHES[0], 2 * PATCHES[1])
    focus = torch.rand(1, FOCUS_SCALARS, 4 * PATCHES[0], 4 * PATCHES[1])
    config = TINY.model_copy(update={"layers": 0})
    before = completed(config, mid=mid, focus=focus)
    mid[..., :2, :2] += 1.0
    moved = (completed(config, mid=mid, focus=focus) - before).abs().amax(dim=(0, 1))
    assert moved[0, 0] > 0.0
    assert moved.flatten()[1:].max() == 0.0


def test_blocks_are_means_of_patches_and_the_last_are_filled_up() -> None:
    grid = torch.arange(54.0).reshape(6, 9)
    means = blocks(grid.reshape(1, 54, 1), (6, 9)).reshape(2, 3)
    assert means[0, 0] == grid[:4, :4].mean()
    rows, columns = torch.tensor([4, 5, 5, 5]), torch.tensor([8, 8, 8, 8])
    assert means[1, 2] == grid[rows][:, columns].mean()


def test_a_map_is_kept_within_its_limits() -> None:
    raw = torch.tensor([-0.4, -0.05, 0.5, 1.06, 1.5]).reshape(1, 1, 1, 5)
    kept = keep_within(raw, torch.tensor([[-0.05, 1.06]]))
    assert kept.flatten().tolist() == pytest.approx([-0.05, -0.05, 0.5, 1.06, 1.06])


def test_a_pixel_beyond_the_limits_can_learn_to_come_back() -> None:
    raw = torch.tensor([1.5]).reshape(1, 1, 1, 1).requires_grad_()
    kept = keep_within(raw, torch.tensor([[0.0, 1.0]]))
    (kept - 0.9).abs().sum().backward()
    assert kept.item() == pytest.approx(1.0)
    assert raw.grad is not None
    assert raw.grad.item() == 1.0
