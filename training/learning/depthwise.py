"""Depth-wise convolution that is quick to learn from on CPUs."""

import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx
from torch.nn import functional as F  # noqa: N812


class QuickDepthwise(nn.Conv2d):
    """A depth-wise `nn.Conv2d` of odd size and same padding whose backward pass takes a third of the time.

    oneDNN has no quick backward pass of depth-wise convolutions in bfloat16 (91 ms of a step of 0.9 s in the
    stem, one core with AMX; this one takes 31 ms). The gradient of the input is the convolution with the
    flipped kernel, which has a quick forward pass; that of the weights is quick in float32.
    """

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → (B, C, H, W)."""
        if x.device.type != "cpu" or self.bias is None:
            return super().forward(x)
        dtype = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else x.dtype
        return _Depthwise.apply(x.to(dtype), self.weight.to(dtype), self.bias.to(dtype))


def with_quick_depthwise(network: nn.Module) -> nn.Module:
    """Put `QuickDepthwise` in place of every layer of a network that it can replace; the weights stay."""
    for module in list(network.modules()):
        for name, layer in module.named_children():
            if isinstance(layer, nn.Conv2d) and _can_stand_for(layer):
                quick = QuickDepthwise(
                    layer.in_channels,
                    layer.out_channels,
                    layer.kernel_size,  # type: ignore[arg-type]
                    padding=layer.padding,  # type: ignore[arg-type]
                    groups=layer.groups,
                    device="meta",
                )
                quick.weight, quick.bias = layer.weight, layer.bias
                setattr(module, name, quick)
    return network


def _can_stand_for(layer: nn.Conv2d) -> bool:
    same = tuple(size // 2 for size in layer.kernel_size)
    return (
        layer.groups == layer.in_channels == layer.out_channels > 1
        and layer.bias is not None
        and layer.padding == same
        and layer.padding_mode == "zeros"
        and all(size % 2 for size in layer.kernel_size)
        and set(layer.stride) == set(layer.dilation) == {1}
    )


class _Depthwise(torch.autograd.Function):
    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return F.conv2d(x, weight, bias, padding=_padding(weight), groups=len(weight))

    @staticmethod
    def backward(ctx: FunctionCtx, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x, weight = ctx.saved_tensors  # type: ignore[attr-defined]
        gradient = gradients[0].contiguous(memory_format=torch.channels_last)
        padding, groups = _padding(weight), len(weight)
        to_x = F.conv2d(gradient, weight.flip(2, 3), padding=padding, groups=groups)
        _, to_weight, to_bias = torch.ops.aten.convolution_backward(
            gradient.float(),
            x.float().contiguous(memory_format=torch.channels_last),
            weight.float(),
            [groups],
            [1, 1],
            padding,
            [1, 1],
            False,
            [0, 0],
            groups,
            [False, True, True],
        )
        return to_x, to_weight.to(weight.dtype), to_bias.to(weight.dtype)


def _padding(weight: Tensor) -> list[int]:
    return [size // 2 for size in weight.shape[2:]]
