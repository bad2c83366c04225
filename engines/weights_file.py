"""Networks from and to files of weights; needs torch."""

import pickle
from pathlib import Path

import torch
from safetensors.torch import load_file, save

from engines.weights_info import WeightsInfo, read_info, shipped_weights
from focstream.types import InputError
from inference.network.config import NetworkConfig
from inference.network.network import FocDepthFormer

UNCALIBRATED_SIGMA_PER_SCALE = 2.0**0.5
"""Standard deviation of a Laplace distribution of scale 1."""


def save_network(path: Path, network: FocDepthFormer, info: WeightsInfo) -> None:
    """Write the weights of a network, float32, and what is known of them."""
    tensors = {name: value.detach().float().contiguous() for name, value in network.state_dict().items()}
    unfinished = path.with_name(f".{path.name}")
    unfinished.write_bytes(save(tensors, metadata=info.to_metadata()))
    unfinished.replace(path)


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
        raise InputError(f"{path}: the weights are not for this network ({_first_line(error)})") from None
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
    return config, load_file(path)


def _read_checkpoint(path: Path) -> tuple[NetworkConfig, dict[str, torch.Tensor]]:
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        config = NetworkConfig.model_validate(saved.get("config", {}))
        return config, saved["average"]
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (pickle.UnpicklingError, RuntimeError, KeyError, ValueError) as error:
        raise InputError(f"{path}: is no checkpoint of a training run ({_first_line(error)})") from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
