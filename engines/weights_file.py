"""Networks from and to files of weights; needs torch."""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save

from engines.torch_file import first_line, read_torch_file
from engines.weights_header import read_header
from engines.weights_info import WeightsInfo, read_info, shipped_weights
from focstream.files.writing import write_whole
from focstream.types import InputError
from inference.network.config import NetworkConfig
from inference.network.network import FocDepthFormer

UNCALIBRATED_SIGMA_PER_SCALE = 2.0**0.5
"""Standard deviation of a Laplace distribution of scale 1."""


def save_network(path: Path, network: FocDepthFormer, info: WeightsInfo) -> None:
    """Write the weights of a network, float32, and what is known of them.

    Raises
    ------
    InputError
        When the file cannot be written.
    """
    tensors = {name: value.detach().float().contiguous() for name, value in network.state_dict().items()}
    write_whole(path, save(tensors, metadata=info.to_metadata()))


def load_network(path: Path | None = None) -> FocDepthFormer:
    """Read a network, ready for use.

    Parameters
    ----------
    path
        A .safetensors file, or the checkpoint.pt of a training run, of which the averaged weights are taken.
        None = those that come with the package.

    Raises
    ------
    InputError
        When the file is not there or does not hold such weights.
    """
    path = path or shipped_weights("small")
    config, tensors = _read_checkpoint(path) if path.suffix == ".pt" else _read_weights(path)
    network = FocDepthFormer(config)
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        raise InputError(f"{path}: the weights are not for this network ({first_line(error)})") from None
    odd = next((name for name, value in network.state_dict().items() if not value.isfinite().all()), None)
    if odd is not None:
        raise InputError(f"{path}: {odd} holds what is no number; make the weights again from the run")
    return network.requires_grad_(False).eval()


def info_of(path: Path | None = None) -> WeightsInfo:
    """Read as `read_info` does; a checkpoint gets its folder's name, and a σ that is not calibrated."""
    path = path or shipped_weights("small")
    if path.suffix != ".pt":
        return read_info(path)
    config, _ = _read_checkpoint(path)
    return WeightsInfo(
        name=path.parent.name or path.stem, config=config, sigma_per_scale=UNCALIBRATED_SIGMA_PER_SCALE
    )


def _read_weights(path: Path) -> tuple[NetworkConfig, dict[str, torch.Tensor]]:
    config = read_info(path).config  # says what is wrong with the file, if anything is
    _check_shapes(path, config, {name: tensor.shape for name, tensor in read_header(path).tensors.items()})
    try:
        return config, load_file(path)
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise InputError(f"{path}: is no file of weights ({first_line(error)})") from None


def _check_shapes(path: Path, config: NetworkConfig, found: Mapping[str, tuple[int, ...]]) -> None:
    """Hold the shapes in a file against those of its network, of which nothing has been made yet."""
    with torch.device("meta"):
        wanted = {name: tuple(value.shape) for name, value in FocDepthFormer(config).state_dict().items()}
    if found == wanted:
        return
    name = next(
        iter(sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)))
    )
    raise InputError(
        f"{path}: the weights are not for this network ({name[:80]} is {found.get(name, 'not there')}, "
        f"and {wanted.get(name, 'not there')} in it)"
    )


def _read_checkpoint(path: Path) -> tuple[NetworkConfig, dict[str, torch.Tensor]]:
    saved = read_torch_file(path, what="checkpoint of a training run")
    try:
        config, average = NetworkConfig.model_validate(saved.get("config", {})), dict(saved["average"])
        shapes = {name: tuple(value.shape) for name, value in average.items()}
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{path}: is no checkpoint of a training run ({first_line(error)})") from None
    _check_shapes(path, config, shapes)
    return config, average
