"""The models that can be judged, all behind one interface."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engines.choice.faster import NETWORKS
from engines.graphs.folder import require_shipped, shipped_graphs
from engines.network_model import NetworkModel
from engines.runners import REFERENCE, matching, open_runner
from engines.weights_info import shipped_weights
from focstream.types import InputError
from inference.depth_model import DepthModel
from inference.sharpness import SharpnessModel
from training.judging.command_settings import ModelName


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedModel:
    """A model under the name that tables show.

    Attributes
    ----------
    label
        Distinguishes it from the others.
    model
        What is judged.
    """

    label: str
    model: DepthModel[Any, Any]


def open_models(
    names: Sequence[ModelName],
    *,
    weights: Path | None = None,
    engine: str = REFERENCE,
    graphs: Path | None = None,
) -> list[JudgedModel]:
    """Open models by name, in the order given; "small" and "tiny" are networks.

    Parameters
    ----------
    names
        At least one, each once.
    weights
        Of the network: a file of weights or a checkpoint; None = those that come with the package.
    engine
        What computes the network, by its name in `engines.runners.RUNNERS`.
    graphs
        Exported from the weights, for engines other than torch; None = those that come with the package.

    Raises
    ------
    InputError
        When names repeat or are none, when weights, graphs or an engine are given and no network, or when
        they cannot be used.
    EngineError
        When the engine cannot run here.
    """
    if not names or len(set(names)) != len(names):
        raise InputError(f"--model {' '.join(names)}: name one model or more, each once")
    networks = [name for name in names if name in NETWORKS]
    if weights is not None and not networks:
        raise InputError(f"--weights {weights}: only the network has weights; add small to --model")
    if weights is not None and len(networks) > 1:
        raise InputError(f"--weights {weights}: are of one network; name {' or '.join(networks)} alone")
    if (engine != REFERENCE or graphs is not None) and not networks:
        raise InputError("--engine and --graphs: only the network has them; add small to --model")
    if graphs is not None and engine.startswith("torch"):
        raise InputError(f"--graphs {graphs}: torch takes no graphs; name another --engine")
    return [
        _network(name, weights, engine=engine, graphs=graphs)
        if name in NETWORKS
        else JudgedModel(label=name, model=SharpnessModel(fill=name == "sharpness-fill"))
        for name in names
    ]


def _network(name: str, weights: Path | None, *, engine: str, graphs: Path | None) -> JudgedModel:
    network: DepthModel[Any, Any]
    if weights is None and graphs is None:
        require_shipped(name)
        weights, graphs = shipped_weights(name), shipped_graphs(name)
    if engine == REFERENCE:
        from engines.torch_runner import open_torch_model  # torch is slow to load, and not always wanted

        network = open_torch_model(weights)
    else:
        from engines.weights_file import info_of

        inputs = matching(graphs, weights)
        network = NetworkModel(open_runner(engine, inputs), info_of(inputs.weights))
    return JudgedModel(label=network.name, model=network)
