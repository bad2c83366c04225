"""Trains the network without one of its parts at a time, and tables what each part is worth."""

import json
import logging
import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from pydantic import TypeAdapter, ValidationError

from engines.torch_file import read_torch_file
from engines.weights_file import load_network
from focstream.files.limits import MIB
from focstream.files.user_file import read_file
from focstream.files.writing import write_whole
from focstream.program.toml_file import first_problem
from focstream.types import InputError
from inference.network.config import NetworkConfig
from inference.network.network import FocDepthFormer
from training.learning.checkpoint import NAME
from training.learning.command_settings import AblateSettings, TrainSettings
from training.learning.settings import LossWeights
from training.learning.train import train
from training.learning.validate import validate

_log = logging.getLogger(__name__)

RESULT, TABLE = "result.json", "table.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One thing that is different."""

    name: str
    network: NetworkConfig
    weights: LossWeights
    start: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a variant.

    Attributes
    ----------
    parameters
        Weights that the map depends on.
    steps
        That were trained.
    scores
        Of `training.learning.validate.validate`.
    """

    name: str
    parameters: int
    steps: int
    scores: dict[str, float]


def ablate(settings: AblateSettings) -> None:
    """Train every variant that is not finished yet, and write the table after each."""
    results = []
    for variant in variants(settings):
        results.append(_finished(settings, variant))
        write_whole(settings.out / TABLE, table(results).encode())
    _log.info("%s:\n%s", settings.out / TABLE, table(results))


def variants(settings: AblateSettings) -> list[Variant]:
    """Return what is compared, the base first."""
    base = Variant(name="base", network=settings.network, weights=settings.weights)

    def without(name: str, **part: object) -> Variant:
        return replace(base, name=name, network=settings.network.model_copy(update=part))

    found = [
        base,
        without("fusion in the latent alone", fusion="latent"),
        without("no LSTM", recurrence=False),
        without("no Transformer", layers=0),
        without("encoder without the coordinate", coordinate=False),
        replace(base, name="no sharpness loss", weights=replace(settings.weights, sharpness=0.0)),
    ]
    if settings.pretrained is not None:
        found.append(replace(base, name="pre-trained", start=(settings.pretrained,)))
    return found


def table(results: list[Result]) -> str:
    """Return a markdown table: errors in sweep ranges, all slices seen."""
    sets = [name.removesuffix("_mae") for name in results[0].scores if name.endswith("_mae")]
    head = ["variant", "parameters", "steps", *(f"{name} MAE / RMSE" for name in sets)]
    rows = [
        [
            result.name,
            f"{result.parameters / 1e6:.2f} M",
            str(result.steps),
            *(f"{result.scores[f'{name}_mae']:.4f} / {result.scores[f'{name}_rmse']:.4f}" for name in sets),
        ]
        for result in results
    ]
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def needed_parameters(network: FocDepthFormer) -> int:
    """Count the weights that the map of a stack depends on; some variants hold others that they never use."""
    network.requires_grad_(True)
    (prediction,) = network(torch.rand(1, 2, 3, 32, 32), torch.tensor([[0.0, 1.0]]), (2,))
    (prediction.coordinate.sum() + prediction.log_scale.sum()).backward()
    return sum(p.numel() for p in network.parameters() if p.grad is not None)


def _finished(settings: AblateSettings, variant: Variant) -> Result:
    run = settings.out / variant.name.replace(" ", "_")
    if (run / RESULT).exists():
        return _read_result(run / RESULT)
    _log.info("%s: %s", run, variant.name)
    train(_training(settings, variant, run))
    network = load_network(run / NAME)
    result = Result(
        name=variant.name,
        steps=read_torch_file(run / NAME, what="checkpoint of a training run")["step"],
        scores=validate(network, settings.validation),
        parameters=needed_parameters(network),
    )
    write_whole(run / RESULT, json.dumps(asdict(result), indent=1).encode())
    return result


def _read_result(path: Path) -> Result:
    try:
        return TypeAdapter(Result).validate_json(read_file(path, most_bytes=MIB))
    except ValidationError as error:
        raise InputError(
            f"{path}: is damaged ({first_problem(error)}); remove it, and the run goes on"
        ) from None


def _training(settings: AblateSettings, variant: Variant, run: Path) -> TrainSettings:
    limited = settings.minutes_each < math.inf
    return TrainSettings(
        stacks=settings.stacks,
        validation=settings.validation,
        run=run,
        start=variant.start,
        steps=settings.steps_each,
        minutes=settings.minutes_each,
        decay_minutes=0.4 * settings.minutes_each if limited else 0.0,
        validate_every=max(settings.steps_each // 4, 1),
        learning_rate=settings.learning_rate,
        warm_up=settings.warm_up,
        ema=settings.ema,
        seed=settings.seed,
        precision=settings.precision,
        network=variant.network,
        sampling=settings.sampling,
        weights=variant.weights,
    )
