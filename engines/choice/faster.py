"""The ways to compute depth, the best first, and what each reaches on this computer."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engines.graphs.folder import is_shipped, read_graphs, shipped_graphs
from engines.int8.table import int8_is_as_good
from engines.processor import int8_is_quicker
from focstream.types import FocstreamError
from inference.config import InferenceConfig
from inference.depth_model import DepthModel
from inference.pace import measure_slices_s

_log = logging.getLogger(__name__)

Maker = Callable[[InferenceConfig], DepthModel[Any, Any]]
Measure = Callable[[DepthModel[Any, Any], tuple[int, ...]], float]
NETWORKS = ("small", "tiny")
"""Models that are networks, the best first."""
_Key = tuple[str, float, bool]
"""Model, scale, and whether it was asked for in int8."""


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
    """Return the ways that go with the other options, the best first: networks, halved, classical, halved.

    Where nobody knows whether int8 is quicker, each of a network's is followed by the same in int8, to be
    measured. A network whose weights do not come with the package is left out.

    Docs on performance have the error and the time of each. A quarter of the size is left out: the classical
    estimator is both faster and better. On simulated scenes the error of "tiny" is 1.1 times that of "small",
    and that of "small" at half the size 1.5 times.
    """
    config = config.model_copy(update={"rate_at_least": None})  # what is chosen chooses no more
    networks = [
        config.model_copy(update={"model": name, "scale": 1.0, "fill": False}) for name in _networks(config)
    ]
    halved = [network.model_copy(update={"scale": 0.5}) for network in networks]
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
        *(way for one in networks for way in _with_int8(f"--model {one.model}", one)),
        *(way for one in halved for way in _with_int8(f"--model {one.model} --scale 0.5", one)),
        Choice(flags="--model sharpness", config=classical),
        Choice(flags="--model sharpness --scale 0.5", config=classical.model_copy(update={"scale": 0.5})),
    )


def _networks(config: InferenceConfig) -> tuple[str, ...]:
    """Return the names of the networks, the best first; own weights are one, whatever its name."""
    return NETWORKS[:1] if config.weights is not None else tuple(filter(is_shipped, NETWORKS))


def _with_int8(flags: str, network: InferenceConfig) -> tuple[Choice, ...]:
    """Return a way of the network, and then in int8, where only measuring can say whether it is quicker."""
    plain = Choice(flags=flags, config=network)
    if not _int8_is_open(network):
        return (plain,)
    low = network.model_copy(update={"precision": "int8"})
    return (plain, Choice(flags=f"{flags} --precision int8", config=low))


def _int8_is_open(network: InferenceConfig) -> bool:
    """Say whether int8 may be used, is as good, and nobody knows whether it is quicker."""
    if network.precision != "auto" or network.engine not in ("auto", "openvino"):
        return False
    if network.weights is not None or network.device is not None or int8_is_quicker():
        return False
    return int8_is_as_good(read_graphs(shipped_graphs(network.model)))


def cheaper(config: InferenceConfig) -> tuple[Choice, ...]:
    """Return the choices after the one that `config` makes; a network of a size that is none is cheap."""
    every = choices(config)
    keys = [_key(one.config) for one in every]
    if _key(config) in keys:
        return every[keys.index(_key(config)) + 1 :]
    return tuple(one for one in every if one.config.model not in NETWORKS)


def measured(
    some: tuple[Choice, ...], shape: tuple[int, ...], *, make: Maker, measure: Measure = measure_slices_s
) -> Iterator[Measured]:
    """Open and measure each for images of `shape`; one that cannot run here is left out, with the reason.

    int8 that was slower than float32 at full size is not tried at half the size.
    """
    known: dict[_Key, float] = {}
    for choice in some:
        if _is_slow_int8(choice.config, known):
            continue
        try:
            model = make(choice.config)
            slices_s = measure(model, shape)  # what cannot get ready fails only here
        except FocstreamError as error:
            _log.info("%s cannot be used: %s", choice.flags, error)
            continue
        known[_key(choice.config)] = slices_s
        yield Measured(choice=choice, model=model, slices_s=slices_s)


def describe(found: list[Measured]) -> str:
    """Return a list such as "--model sharpness 28 slices/s"."""
    return ", ".join(f"{one.choice.flags} {one.slices_s:.3g} slices/s" for one in found)


def _is_slow_int8(config: InferenceConfig, known: Mapping[_Key, float]) -> bool:
    """Say whether int8 is known to be no quicker than float32, from images of full size."""
    low, plain = (known.get((config.model, 1.0, is_low)) for is_low in (True, False))
    is_low = config.precision == "int8"
    return is_low and config.scale < 1.0 and low is not None and plain is not None and low <= plain


def _key(config: InferenceConfig) -> _Key:
    return config.model, config.scale, config.precision == "int8"
