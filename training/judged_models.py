"""The models that can be judged, all behind one interface."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from focstream import InputError
from inference.depth_model import DepthModel
from inference.sharpness import SharpnessModel

ModelName = Literal["small", "sharpness", "sharpness-fill"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedModel:
    """A model under the name that tables show.

    Attributes
    ----------
    label
        Tells it from the others.
    model
        What is judged.
    """

    label: str
    model: DepthModel[Any, Any]


def open_models(names: Sequence[ModelName], *, weights: Path | None = None) -> list[JudgedModel]:
    """Open models by name, in the order given; "small" is the network.

    Parameters
    ----------
    names
        At least one, each once.
    weights
        Of the network: a file of weights or a checkpoint; None = those that come with the package.

    Raises
    ------
    InputError
        When names repeat or are none, when weights are given and no network, or when they cannot be used.
    """
    if not names or len(set(names)) != len(names):
        raise InputError(f"--models {' '.join(names)}: name one model or more, each once")
    if weights is not None and "small" not in names:
        raise InputError(f"--weights {weights}: only the network has weights; add small to --models")
    return [_open(name, weights) for name in names]


def _open(name: ModelName, weights: Path | None) -> JudgedModel:
    if name == "small":
        from engines.torch_engine import open_torch_model  # torch is slow to load, and not always wanted

        network = open_torch_model(weights)
        return JudgedModel(label=network.name, model=network)
    return JudgedModel(label=name, model=SharpnessModel(fill=name == "sharpness-fill"))
