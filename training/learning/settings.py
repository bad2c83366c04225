"""Options of every training run, whatever it learns from."""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from focstream.program.numbers import Count, NotNegative, NumberFromZero, Positive, Processes, Seed, Share
from focstream.types import InputError
from inference.network.config import NetworkConfig

Precision = Literal["auto", "32-true", "bf16-mixed", "bf16-true", "16-mixed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LossWeights:
    """Weights of the terms beside the mean absolute error, whose weight is 1."""

    sharpness: NotNegative = 0.5
    likelihood: NotNegative = 0.02
    coarse: NotNegative = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonWeights:
    """Weights of what is learned from a teacher: its maps, their edges, its scales and its focus attention.

    Those of maps and edges are as for the truth, whose mean absolute error has the weight 1. The teacher
    computes `taught_share` of the batches.
    """

    taught_share: Share = 0.25
    taught_map: NotNegative = 0.5
    taught_edges: NotNegative = 0.25
    taught_scale: NotNegative = 0.02
    taught_attention: NotNegative = 0.05

    @property
    def any(self) -> bool:
        """Whether anything is learned."""
        weights = self.taught_map, self.taught_edges, self.taught_scale, self.taught_attention
        return self.taught_share > 0.0 and any(weights)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """A run.

    Attributes
    ----------
    run
        Folder for checkpoint, metrics and previews; an interrupted run goes on from there.
    start
        Weights to start from: the checkpoint.pt of another run, a .safetensors file, or a part of the
        weights, as of `python -m training dinov2`. Of several a later one wins; a run that goes on
        reads none.
    steps, warm_up, decay
        Length of the run; steps of linear warm-up; share of the steps, at the end, of the cosine decay.
    minutes
        Stop after this time, to go on later.
    decay_minutes
        With `minutes`: the cosine decay fills this time at the end of it, so that the run is finished when
        the time is up. Of the two decays, by steps and by time, the one that is further on counts.
    learning_rate, weight_decay, clip
        Of the optimizer, and the largest norm of the gradient.
    ema
        Weights are averaged over about 1/(1 − ema) steps; the average is what is validated and shipped.
    prefixes, earlier
        Maps judged for every stack: the last, and random earlier ones of two slices or more; weight of the
        earlier ones' mean loss, that of the last being 1.
    precision
        Of layers and products: "auto" is "bf16-mixed" on GPUs and on processors that compute in bfloat16,
        and "32-true" on others, which refuse anything else.
    devices, nodes
        Processes on each machine (GPUs, or shares of a CPU), and machines. On a CPU of two cores, two
        processes of one thread each learn from 1.1 to 1.2 times as many stacks as one of two threads.

    Raises
    ------
    InputError
        When the times do not fit each other.
    """

    run: Path
    start: tuple[Path, ...] = ()
    steps: Count = 20_000
    warm_up: NumberFromZero = 300
    decay: Share = 0.4
    minutes: Positive = math.inf
    decay_minutes: NotNegative = 0.0
    learning_rate: Positive = 1.5e-3
    weight_decay: NotNegative = 0.02
    clip: Positive = 1.0
    ema: Share = 0.998
    prefixes: Count = 2
    earlier: NotNegative = 0.5
    seed: Seed = 0
    validate_every: Count = 500
    checkpoint_minutes: NotNegative = 4.0
    precision: Precision = "auto"
    devices: Processes = 1
    nodes: Processes = 1
    network: NetworkConfig = field(default_factory=NetworkConfig)
    weights: LossWeights = field(default_factory=LossWeights)

    def __post_init__(self) -> None:
        if self.decay_minutes > 0 and not self.decay_minutes <= self.minutes < math.inf:
            raise InputError(
                f"--decay-minutes {self.decay_minutes:g} must be within --minutes {self.minutes:g}: "
                "give both, and the run decays towards the end of its time"
            )
