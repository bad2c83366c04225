"""What a map is judged by while training."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from inference.network.network import Prediction
from training.learning.settings import LossWeights

GRADIENT_SCALES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """Terms of the loss, each a scalar tensor; `error` is the mean absolute error."""

    error: Tensor
    sharpness: Tensor
    likelihood: Tensor
    coarse: Tensor

    def total(self, weights: LossWeights) -> Tensor:
        """Return the weighted sum."""
        return (
            self.error
            + weights.sharpness * self.sharpness
            + weights.likelihood * self.likelihood
            + weights.coarse * self.coarse
        )


def losses(prediction: Prediction, truth: Tensor, *, sharpness: Tensor) -> Losses:
    """Judge one prediction.

    Parameters
    ----------
    prediction, truth
        Maps; (B, 1, H, W) truth with NaN where unknown.
    sharpness
        (B, 1, H, W) of `image_sharpness`, which weighs the gradient term.
    """
    known = torch.isfinite(truth)
    target = torch.where(known, truth, 0.0)
    count = known.sum().clamp(min=1)
    # The likelihood teaches the scale alone: its gradient on the map, 1/scale, would drown all other terms.
    away = (prediction.coordinate - target).detach().abs()
    scaled = away * torch.exp(-prediction.log_scale) + prediction.log_scale
    # What is nearer or farther than the sweep sees is to be at its end, with a scale that says how wrong.
    low, high = prediction.limits[:, 0, None, None, None], prediction.limits[:, 1, None, None, None]
    target = torch.minimum(torch.maximum(target, low), high)
    error = torch.where(known, prediction.coordinate - target, 0.0)
    return Losses(
        error=error.abs().sum() / count,
        sharpness=gradient_mismatch(error, known, weight=1.0 + sharpness),
        likelihood=torch.where(known, scaled, 0.0).sum() / count,
        coarse=_coarse_error(prediction.coarse, target, known),
    )


def gradient_mismatch(error: Tensor, known: Tensor, *, weight: Tensor) -> Tensor:
    """Mean absolute gradient of the error over several scales, weighted: wrong edges, and edges too many.

    The gradient of the error is the mismatch of the gradients of map and truth (as in MiDaS, Ranftl et al.
    2020); the weight by image sharpness makes it count most where focus is most certain.
    """
    total = error.new_zeros(())
    for _ in range(GRADIENT_SCALES):
        for dim in (2, 3):
            both = known.narrow(dim, 1, known.shape[dim] - 1) & known.narrow(dim, 0, known.shape[dim] - 1)
            step = torch.diff(error, dim=dim).abs() * weight.narrow(dim, 1, weight.shape[dim] - 1)
            total = total + torch.where(both, step, 0.0).sum() / both.sum().clamp(min=1)
        error, weight = F.avg_pool2d(error, 2), F.avg_pool2d(weight, 2)
        known = F.avg_pool2d(known.float(), 2) == 1.0
    return total / GRADIENT_SCALES


def image_sharpness(images: Tensor) -> Tensor:
    """(B, S, 3, H, W) → (B, 1, H, W) 0 … 1: the sharpest that each pixel gets in the stack."""
    grey = images.float().mean(dim=2)
    mean = F.avg_pool2d(grey, 3, stride=1, padding=1, count_include_pad=False)
    detail = (grey - mean).abs().amax(dim=1, keepdim=True)
    return (F.avg_pool2d(detail, 5, stride=1, padding=2, count_include_pad=False) * 20.0).clamp(max=1.0)


def _coarse_error(coarse: Tensor, target: Tensor, known: Tensor) -> Tensor:
    size = (coarse.shape[-2], coarse.shape[-1])
    small_known = F.adaptive_avg_pool2d(known.float(), size) == 1.0
    small = F.adaptive_avg_pool2d(target, size)
    error = torch.where(small_known, coarse - small, 0.0)
    return error.abs().sum() / small_known.sum().clamp(min=1)
