"""A quicker layer has to be the same layer."""

import pytest
import torch
from torch import nn

from training.learning.depthwise import QuickDepthwise, with_quick_depthwise


@pytest.mark.parametrize("size", [(3, 3), (5, 5), (3, 7)])
def test_gradients_are_those_of_the_plain_layer(size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    plain = nn.Conv2d(6, 6, size, padding=(size[0] // 2, size[1] // 2), groups=6)
    quick = with_quick_depthwise(nn.Sequential(plain))[0]  # type: ignore[index]
    assert isinstance(quick, QuickDepthwise)
    x = torch.randn(2, 6, 9, 11, requires_grad=True)
    towards = torch.randn(2, 6, 9, 11)

    expected = torch.autograd.grad((plain(x) * towards).sum(), [x, *plain.parameters()])
    found = torch.autograd.grad((quick(x) * towards).sum(), [x, *quick.parameters()])

    torch.testing.assert_close(quick(x), plain(x))
    for gradient, wanted in zip(found, expected, strict=True):
        torch.testing.assert_close(gradient, wanted, rtol=1e-4, atol=1e-4)


def test_takes_part_in_autocast() -> None:
    quick = with_quick_depthwise(nn.Sequential(nn.Conv2d(4, 4, 5, padding=2, groups=4)))
    with torch.autocast("cpu", torch.bfloat16):
        mapped = quick(torch.randn(1, 4, 8, 8))
    assert mapped.dtype == torch.bfloat16
    mapped.float().sum().backward()
    assert all(p.grad is not None and p.grad.dtype == torch.float32 for p in quick.parameters())


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(4, 4, 3, padding=1),
        nn.Conv2d(4, 4, 3, padding=1, groups=4, bias=False),
        nn.Conv2d(4, 4, 3, padding=1, groups=4, stride=2),
        nn.Conv2d(4, 4, 3, padding=0, groups=4),
        nn.Conv2d(4, 4, 4, padding=2, groups=4),
    ],
)
def test_leaves_other_layers_alone(layer: nn.Conv2d) -> None:
    assert type(with_quick_depthwise(nn.Sequential(layer))[0]) is nn.Conv2d  # type: ignore[index]


def test_the_weights_keep_their_names_and_identity() -> None:
    plain = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1, groups=4))
    before = dict(plain.named_parameters())
    after = dict(with_quick_depthwise(plain).named_parameters())
    assert before.keys() == after.keys()
    assert all(after[name] is parameter for name, parameter in before.items())
