import math

import pytest
import torch

from inference.network.network import Prediction
from training.learning.loss import LossWeights, image_sharpness, losses


def judged(
    coordinate: torch.Tensor,
    truth: torch.Tensor,
    *,
    log_scale: float = -2.0,
    limits: tuple[float, float] = (-9.0, 9.0),
):
    prediction = Prediction(
        coordinate=coordinate,
        log_scale=torch.full_like(coordinate, log_scale),
        coarse=torch.nn.functional.adaptive_avg_pool2d(coordinate, 4),
        limits=torch.tensor([limits]).expand(len(coordinate), 2),
    )
    return losses(prediction, truth, sharpness=torch.ones_like(coordinate))


def test_a_perfect_map_costs_nothing_but_its_scale() -> None:
    truth = torch.rand(2, 1, 16, 16)
    found = judged(truth.clone(), truth)
    assert found.error == found.sharpness == 0
    assert found.coarse < 1e-6
    assert found.likelihood == pytest.approx(-2.0)


def test_the_likelihood_is_best_at_the_mean_absolute_error() -> None:
    truth = torch.zeros(1, 1, 16, 16)
    at = {s: judged(truth + 0.05, truth, log_scale=s).likelihood.item() for s in (-4, math.log(0.05), -1)}
    assert min(at, key=lambda scale: at[scale]) == math.log(0.05)


def test_unknown_truth_does_not_count() -> None:
    truth = torch.zeros(1, 1, 16, 16)
    truth[..., :8] = math.nan
    coordinate = torch.zeros_like(truth)
    coordinate[..., :8] = 100.0
    found = judged(coordinate, truth)
    assert found.error == found.sharpness == found.coarse == 0
    assert torch.isfinite(found.total(LossWeights()))


def test_a_blurred_edge_costs_more_than_a_shifted_level() -> None:
    truth = torch.zeros(1, 1, 16, 16)
    truth[..., 8:] = 1.0
    level = judged(truth + 0.1, truth)
    soft = truth.clone()
    soft[..., 7], soft[..., 8] = 0.4, 0.6
    assert level.sharpness < 1e-6
    assert judged(soft, truth).sharpness > 0.01


def test_sharpness_is_where_any_slice_has_detail() -> None:
    images = torch.full((1, 2, 3, 32, 32), 0.5)
    images[0, 1, :, ::2, 16:] = 1.0
    sharpness = image_sharpness(images)
    assert sharpness[..., :10].max() == 0
    assert sharpness[..., 20:30].min() > 0.5


def test_what_lies_beyond_the_sweep_is_to_be_at_its_end_with_a_scale_that_says_how_far() -> None:
    truth = torch.full((1, 1, 16, 16), 1.55)
    at_end = torch.full((1, 1, 16, 16), 1.05)
    assert judged(at_end, truth, limits=(-0.05, 1.05)).error == 0
    likelihood = {
        s: judged(at_end, truth, log_scale=s, limits=(-0.05, 1.05)).likelihood.item()
        for s in (-4.0, math.log(0.5), 0.5)
    }
    assert min(likelihood, key=lambda scale: likelihood[scale]) == math.log(0.5)
