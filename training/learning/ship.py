"""Makes a file of weights that the pipeline uses from a training run."""

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from engines.build import export_weights
from engines.errors import EngineError
from engines.weights_file import load_network, save_network
from engines.weights_info import WEIGHTS, WeightsInfo
from focstream.files.writing import writing
from focstream.program.extras import need_extra
from focstream.types import InputError
from inference.network.config import SIZES, NetworkConfig
from inference.network.network import FocDepthFormer
from training.learning.checkpoint import NAME
from training.learning.command_settings import ShipSettings
from training.learning.validate import validation_batches

_log = logging.getLogger(__name__)

WITHIN_ONE_SIGMA = 0.66
"""Share of the errors on rendered stacks. For normal errors it would be 0.683. On simulated rigs, whose
scenes have more texture, five points more are within one σ than on rendered stacks: this is a compromise."""
EVERY_PX = 5
"""Distance of the pixels that are sampled, both ways: neighbours err alike."""


def ship(settings: ShipSettings) -> None:
    """Fit σ to the errors, and write the weights; into a folder, with the graphs and the table for int8.

    Raises
    ------
    InputError
        When the run or the stacks cannot be read, or something cannot be written.
    EngineError
        When the graphs cannot be made here, or OpenVINO computes no int8; what was written before stays.
    """
    network = load_network(settings.run / NAME)
    factor = fit_sigma(errors_in_scales(network, settings.calibration))
    name = settings.name or size_name(network.config)
    info = WeightsInfo(name=name, config=network.config, sigma_per_scale=factor)
    is_file = settings.out.suffix == ".safetensors"
    path = settings.out if is_file else settings.out / WEIGHTS
    with writing(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    save_network(path, network, info)
    _log.info("wrote %s; one sigma is %.3f Laplace scales", path, factor)
    if not is_file:
        _for_engines(settings.out, path, calibration=settings.calibration)


def size_name(config: NetworkConfig) -> str:
    """Return the name of the size of a network; "network" for a size that has none."""
    return next((name for name, size in SIZES.items() if size == config), "network")


def _for_engines(folder: Path, weights: Path, *, calibration: Path) -> None:
    """Write the graphs of weights beside them, and the table for int8."""
    export_weights(weights, folder, size_px=None, step=False, packed=True)
    need_extra("openvino", extra="openvino", what="the table for int8", error=EngineError)
    from engines.int8.quantise import quantise
    from engines.int8.settings import QuantiseSettings
    from engines.trials.rendered import rendered_sets

    sets = len(rendered_sets(calibration))  # of each, some are measured and others judged
    usual = QuantiseSettings(graphs=folder, stacks=calibration)
    quantise(replace(usual, count=max(usual.count, sets), judged=max(usual.judged, sets)))


@torch.no_grad()
def errors_in_scales(network: FocDepthFormer, folder: Path) -> NDArray[np.float32]:
    """Return |error| / scale of some pixels of every set below `folder`, all slices seen.

    Raises
    ------
    InputError
        When there is no set.
    """
    places = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    if not places:
        raise InputError(f"{folder}: no sets of stacks; make some with python -m training render-validation")
    ratios = []
    for place in places:
        for batch in validation_batches(place):
            images = batch.images.float() / 255.0
            (prediction,) = network(images, batch.coordinates, (batch.coordinates.shape[1],))
            error = (prediction.coordinate - batch.truth).abs()
            ratio = (error * torch.exp(-prediction.log_scale))[..., ::EVERY_PX, ::EVERY_PX].flatten()
            ratios.append(ratio[torch.isfinite(ratio)].numpy())
    return np.concatenate(ratios)


def fit_sigma(ratios: NDArray[np.float32]) -> float:
    """Return how many scales a σ is: as many as `WITHIN_ONE_SIGMA` of the errors are below.

    Errors have heavier tails than normal ones, so two σ hold a little less than they should.
    """
    factor = float(np.quantile(ratios, WITHIN_ONE_SIGMA))
    _log.info("within two sigma: %.3f", np.mean(ratios < 2.0 * factor))
    return round(factor, 4)
