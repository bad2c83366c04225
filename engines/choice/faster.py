"""The ways to compute depth, the best first, and what each reaches on this computer."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from engines.graphs.folder import read_graphs, shipped_graphs
from engines.int8.table import int8_is_as_good
from engines.processor import int8_is_quicker
from focstream.types import FocstreamError
from inference.config import InferenceConfig
from inference.depth_model import DepthModel
from inference.pace import measure_slices_s

_log = logging.getLogger(__name__)

Maker = Callable[[InferenceConfig], DepthModel[Any, Any]]
Measure = Callable[[DepthModel[Any, Any], tuple[int, ...]], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One way to compute depth.

    Attributes
    ----------
    flags
        The options that choose it.
    config
        The same for `engines.choice.choose.make_model`.
    """

    flags: str
    config: InferenceConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One way to compute depth, opened, and the slices a second that it takes here."""

    choice: Choice
    model: DepthModel[Any, Any]
    slices_s: float


def choices(config: InferenceConfig) -> tuple[Choice, ...]:
    """Return the ways that go with the other options, the best first: network, halved, classical, halved.

    Where nobody knows whether int8 is quicker, the network in int8 comes second, to be measured.

    Docs on performance have the error and the time of each. A quarter of the size is left out: the classical
    estimator is both faster and better.
    """
    config = config.model_copy(update={"rate_at_least": None})  # what is chosen chooses no more
    network = config.model_copy(update={"model": "small", "scale": 1.0, "fill": False})
    classical = config.model_copy(
        update={
            "model": "sharpness",
            "scale": 1.0,
            "engine": "auto",
            "precision": "auto",
            "weights": None,
            "device": None,
        }
    )
    return (
        Choice(flags="--model small", config=network),
        *_in_int8(network),
        Choice(flags="--model small --scale 0.5", config=network.model_copy(update={"scale": 0.5})),
        Choice(flags="--model sharpness", config=classical),
        Choice(flags="--model sharpness --scale 0.5", config=classical.model_copy(update={"scale": 0.5})),
    )


def _in_int8(network: InferenceConfig) -> tuple[Choice, ...]:
    """Return the network in int8, where that is as good and only measuring can say whether it is quicker."""
    if network.precision != "auto" or network.engine not in ("auto", "openvino"):
        return ()
    if network.weights is not None or network.device is not None or int8_is_quicker():
        return ()
    if not int8_is_as_good(read_graphs(shipped_graphs("small"))):
        return ()
    low = network.model_copy(update={"precision": "int8"})
    return (Choice(flags="--model small --precision int8", config=low),)


def cheaper(config: InferenceConfig) -> tuple[Choice, ...]:
    """Return the choices that come after the one that `config` makes."""
    every = choices(config)
    same = [k for k, one in enumerate(every) if _key(one.config) == _key(config)]
    return every[same[0] + 1 :] if same else every[2:]


def measured(
    some: tuple[Choice, ...], shape: tuple[int, ...], *, make: Maker, measure: Measure = measure_slices_s
) -> Iterator[Measured]:
    """Open and measure each for images of `shape`; one that cannot run here is left out, with the reason."""
    for choice in some:
        try:
            model = make(choice.config)
            slices_s = measure(model, shape)  # what cannot get ready fails only here
        except FocstreamError as error:
            _log.info("%s cannot be used: %s", choice.flags, error)
            continue
        yield Measured(choice=choice, model=model, slices_s=slices_s)


def describe(found: list[Measured]) -> str:
    """Return a list such as "--model sharpness 28 slices/s"."""
    return ", ".join(f"{one.choice.flags} {one.slices_s:.3g} slices/s" for one in found)


def _key(config: InferenceConfig) -> tuple[str, float, bool]:
    return config.model, config.scale, config.precision == "int8"
