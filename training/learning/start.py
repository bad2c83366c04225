"""Lets a network start from weights that were learned elsewhere."""

from collections.abc import Iterable
from pathlib import Path

from torch import Tensor, nn

from engines.torch_file import read_torch_file
from focstream.types import InputError


def start_from(network: nn.Module, files: Iterable[Path]) -> None:
    """Load weights into a network; what no file holds stays as it is, and a later file wins.

    Parameters
    ----------
    network
        Its weights are replaced.
    files
        Of `python -m training dinov2`, or any part of a network's state that `torch.save` wrote.

    Raises
    ------
    InputError
        If a file cannot be read, or holds a weight that the network has not, or has in another shape.
    """
    ours = network.state_dict()
    for path in files:
        weights = _read(path)
        for name, weight in weights.items():
            if name not in ours:
                raise InputError(f"{path}: the network has no {name}; give weights for this configuration")
            if weight.shape != ours[name].shape:
                raise InputError(
                    f"{path}: {name} is {tuple(weight.shape)}, but {tuple(ours[name].shape)} in the network; "
                    "give weights for this configuration"
                )
        network.load_state_dict(weights, strict=False)


def _read(path: Path) -> dict[str, Tensor]:
    weights = read_torch_file(path, what="file of weights by torch.save")
    if not all(isinstance(weight, Tensor) for weight in weights.values()):
        raise InputError(f"{path}: is not a table of weights; give a file of `python -m training dinov2`")
    return weights
