"""A few validation stacks as one picture: what the network makes of them."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from focstream.depth_update import FloatMap
from focstream.types import InputError
from inference.network.network import FocDepthFormer, Prediction
from publish.colour import colours_of
from training.data.batches import Batch
from training.learning.precision import bf16_where_quick
from training.learning.validate import validation_batches
from training.panels import Picture, grid, heat, panel

STACKS = 6
PANEL_PX = 160
LARGEST_ERROR = 0.2
"""Error, in sweep ranges, at the bright end of its colours."""
LARGEST_SIGMA = 0.1


def preview(network: FocDepthFormer, folder: Path, *, count: int = STACKS) -> Picture:
    """Draw the first stacks of every set below `folder`, the same at every call.

    Parameters
    ----------
    network
        In any mode, on any device; its mode is kept.
    folder
        As for `training.learning.validate.validate`.
    count
        Stacks in all, as far as they can be shared evenly between the sets; at least one of a set shown.

    Returns
    -------
    picture
        (H, W, 3) uint8 blue-green-red. One row a stack: the middle slice, the map of the focus attention
        alone, the map, the truth, the absolute error, and σ = √2 · scale (of the Laplace distribution).

    Raises
    ------
    InputError
        When there is no set.
    """
    places = sorted(path for path in folder.iterdir() if path.is_dir())
    if not places:
        raise InputError(f"{folder}: holds no folder of rendered stacks; make one with render-validation")
    shown = places[:: max(len(places) // count, 1)]
    each = max(count // len(shown), 1)
    rows = []
    for place in shown:
        batch = next(validation_batches(place))
        few = Batch(
            images=batch.images[:each], coordinates=batch.coordinates[:each], truth=batch.truth[:each]
        )
        rows += _rows(few, _predicted(network, few), name=place.name)
    return grid(rows)


@torch.no_grad()
def _predicted(network: FocDepthFormer, batch: Batch) -> Prediction:
    device = next(network.parameters()).device
    batch = batch.to(device)
    trained = network.training
    network.eval()
    with bf16_where_quick(device):  # as validation does
        (prediction,) = network(
            batch.images.float() / 255.0, batch.coordinates, (batch.coordinates.shape[1],)
        )
    network.train(trained)
    return prediction


def _rows(batch: Batch, prediction: Prediction, *, name: str) -> list[list[Picture]]:
    return [
        _row(
            middle=batch.images[k, batch.images.shape[1] // 2],
            coarse=_array(prediction.coarse[k]),
            found=_array(prediction.coordinate[k]),
            truth=_array(batch.truth[k]),
            sigma=_array(torch.exp(prediction.log_scale[k].float()) * 2.0**0.5),
            name=name,
        )
        for k in range(len(batch.truth))
    ]


def _row(
    *, middle: Tensor, coarse: FloatMap, found: FloatMap, truth: FloatMap, sigma: FloatMap, name: str
) -> list[Picture]:
    height, width = truth.shape  # maps are of the padded size
    found, sigma = found[:height, :width], sigma[:height, :width]
    error = np.abs(found - truth)
    panels = {
        name: np.asarray(middle.permute(1, 2, 0).numpy(), np.uint8),
        "coarse": colours_of(coarse),
        "map": colours_of(found),
        "truth": colours_of(truth),
        f"error, mean {np.nanmean(error):.3f}": heat(error, highest=LARGEST_ERROR),
        f"sigma, mean {sigma.mean():.3f}": heat(sigma, highest=LARGEST_SIGMA),
    }
    return [panel(picture, caption, height_px=PANEL_PX) for caption, picture in panels.items()]


def _array(values: Tensor) -> FloatMap:
    """(1, H, W) on any device → (H, W)."""
    return np.asarray(values[0].float().cpu().numpy(), np.float32)
