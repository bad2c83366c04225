"""Muon for weight matrices, AdamW for everything else, as one optimizer."""

from collections.abc import Callable
from typing import Any, overload

import torch
from torch import Tensor, nn

from training.learning.precision import bf16_is_best

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
"""Coefficients of the quintic iteration (Jordan et al., "Muon", 2024)."""
ITERATIONS = 5
RMS = 0.2
"""Root mean square of an update, as AdamW's is; one learning rate then serves both (Liu et al., 2025)."""
INPUT_AND_OUTPUT = (
    "stem.branches",
    "decoder.head",
    "decoder.mixing",
    "encoder.position",
    "encoder.vit.patch",
)
OTHERS_RATE = 0.1
"""Learning rate of what is no matrix, as a share. Adam moves every weight by the learning rate, all in the
direction that helps now: an output layer of some hundred weights overshoots, which silenced the decoder."""
PRETRAINED = "encoder.vit."
PRETRAINED_RATE = 0.05
"""Learning rate of weights that learned from millions of pictures before, as a share; they are to be kept."""


class Muon(torch.optim.Optimizer):
    """Momentum made orthogonal for matrices; AdamW for the parameters that are none.

    Convolution weights count as matrices of (outputs × the rest). torch's own `Muon` takes two-dimensional
    parameters alone.

    Parameters
    ----------
    network
        Its parameters are sorted by `is_matrix`.
    lr, weight_decay
        As of AdamW.
    momentum, betas
        Of the matrices; of the rest.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        lr: float,
        weight_decay: float = 0.0,
        momentum: float = 0.95,
        betas: tuple[float, float] = (0.9, 0.98),
    ) -> None:
        sorted_in: dict[tuple[bool, bool], list[nn.Parameter]] = {}
        for name, p in network.named_parameters():
            sorted_in.setdefault((PRETRAINED in name, is_matrix(name, p)), []).append(p)
        groups: list[dict[str, Any]] = [
            {"params": params, "matrices": matrices, "rate": PRETRAINED_RATE if pretrained else 1.0}
            for (pretrained, matrices), params in sorted(
                sorted_in.items(), key=lambda item: (item[0][0], not item[0][1])
            )
        ]
        super().__init__(
            groups, {"lr": lr, "weight_decay": weight_decay, "momentum": momentum, "betas": betas}
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take a saved state; the first ones had no rates."""
        super().__setstate__(state)
        for group in self.param_groups:
            group.setdefault("rate", 1.0)

    @overload
    def step(self, closure: None = None) -> None: ...
    @overload
    def step(self, closure: Callable[[], float]) -> float: ...
    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Change every parameter that has a gradient."""
        loss = closure() if closure else None
        for group in self.param_groups:
            learned = [p for p in group["params"] if p.grad is not None]
            if not learned:
                continue
            rate = group["lr"] * group["rate"]
            torch._foreach_mul_(learned, 1.0 - rate * group["weight_decay"])
            if group["matrices"]:
                self._step_matrices(learned, group, rate=rate)
            else:
                self._step_others(learned, group, rate=OTHERS_RATE * rate)
        return loss

    def _step_matrices(self, matrices: list[Tensor], group: dict[str, Any], *, rate: float) -> None:
        by_shape: dict[tuple[int, ...], list[Tensor]] = {}
        for p in matrices:
            by_shape.setdefault(tuple(p.shape), []).append(p)
        for same in by_shape.values():
            directions = []
            for p in same:
                state, gradient = self.state[p], p.grad
                assert gradient is not None  # those without one were left out
                if not state:
                    state["momentum"] = torch.zeros_like(p)
                state["momentum"].lerp_(gradient, 1.0 - group["momentum"])
                ahead = gradient.lerp(state["momentum"], group["momentum"])
                directions.append(ahead.reshape(p.shape[0], -1))
            updates = orthogonal(torch.stack(directions))
            scale = RMS * max(updates.shape[1:]) ** 0.5
            for p, update in zip(same, updates.float(), strict=True):
                p.add_(update.view(p.shape), alpha=-rate * scale)

    def _step_others(self, others: list[Tensor], group: dict[str, Any], *, rate: float) -> None:
        first, second = group["betas"]
        for p in others:
            state, gradient = self.state[p], p.grad
            assert gradient is not None  # those without one were left out
            if not state:
                state.update(step=0, mean=torch.zeros_like(p), square=torch.zeros_like(p))
            state["step"] += 1
            state["mean"].lerp_(gradient, 1.0 - first)
            state["square"].lerp_(gradient.square(), 1.0 - second)
            spread = (state["square"] / (1.0 - second ** state["step"])).sqrt_().add_(1e-8)
            p.addcdiv_(state["mean"], spread, value=-rate / (1.0 - first ** state["step"]))


def is_matrix(name: str, parameter: Tensor) -> bool:
    """Say whether Muon is for these weights: not for the input and output layers, nor depth-wise kernels."""
    if parameter.ndim < 2 or name.startswith(INPUT_AND_OUTPUT):
        return False
    outputs, inputs = parameter.shape[0], parameter[0].numel()
    return min(outputs, inputs) > 1 and not (parameter.ndim == 4 and parameter.shape[1] == 1)


def orthogonal(matrices: Tensor) -> Tensor:
    """(N, M, K) → nearly the closest matrices whose singular values are all 1, by Newton and Schulz."""
    a, b, c = NEWTON_SCHULZ
    x = matrices.bfloat16() if bf16_is_best(matrices.device) else matrices
    tall = x.shape[1] > x.shape[2]
    x = x.transpose(1, 2) if tall else x
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(ITERATIONS):
        square = x @ x.transpose(1, 2)
        x = a * x + (b * square + c * square @ square) @ x
    return x.transpose(1, 2) if tall else x
