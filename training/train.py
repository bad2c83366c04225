"""Trains the network. Reads from top to bottom."""

import copy
import json
import logging
import math
import time
from dataclasses import dataclass, field
from pathlib import Path

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from focstream.memory import keep_freed_memory
from inference.network.config import NetworkConfig
from inference.network.network import FocDepthFormer, Prediction
from training.batches import Sampling, batches
from training.checkpoint import load_checkpoint, save_checkpoint
from training.loss import LossWeights, image_sharpness, losses
from training.muon import Muon
from training.validate import validate

log = logging.getLogger(__name__)

LOOK_AT_CLOCK_EVERY = 20
"""Steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainSettings:
    """A training run.

    Attributes
    ----------
    stacks, validation
        Folders of rendered stacks; every subfolder of `validation` is a set of its own.
    run
        Folder for checkpoint and metrics; an interrupted run goes on from there.
    steps, warm_up, decay
        Length of the run; steps of linear warm-up; share of the steps, at the end, of the cosine decay.
    learning_rate, weight_decay, clip
        Of AdamW, and the largest norm of the gradient.
    ema
        Weights are averaged over about 1/(1 − ema) steps; the average is what is validated and shipped.
    prefixes
        Maps judged for every stack: the last, and random earlier ones.
    minutes
        Stop after this time, to go on later.
    devices, nodes
        Processes on each machine (GPUs, or shares of a CPU), and machines. Two processes of one thread each
        learn from about half as many stacks again as one of two threads.
    """

    stacks: Path
    validation: Path
    run: Path
    steps: int = 20_000
    warm_up: int = 300
    decay: float = 0.4
    learning_rate: float = 1.5e-3
    weight_decay: float = 0.02
    clip: float = 1.0
    ema: float = 0.998
    prefixes: int = 3
    seed: int = 0
    minutes: float = math.inf
    validate_every: int = 500
    checkpoint_minutes: float = 4.0
    precision: str = "bf16-mixed"
    devices: int = 1
    nodes: int = 1
    network: NetworkConfig = field(default_factory=NetworkConfig)
    sampling: Sampling = field(default_factory=Sampling)
    weights: LossWeights = field(default_factory=LossWeights)


def train(settings: TrainSettings) -> None:
    """Train until the steps are done or the time is up."""
    keep_freed_memory()
    fabric = Fabric(devices=settings.devices, num_nodes=settings.nodes, precision=settings.precision)  # type: ignore[arg-type]
    fabric.launch()
    fabric.seed_everything(settings.seed, verbose=False)
    settings.run.mkdir(parents=True, exist_ok=True)

    network = channels_last(FocDepthFormer(settings.network))
    average = copy.deepcopy(network).requires_grad_(False)
    optimizer = Muon(network, lr=settings.learning_rate, weight_decay=settings.weight_decay)
    model, optimizer = fabric.setup(Rollout(network), optimizer)
    progress = load_checkpoint(settings.run, network=network, average=average, optimizer=optimizer)

    stacks = batches(
        settings.stacks,
        settings.sampling,
        seed=settings.seed + 1000 * progress.step,
        rank=fabric.global_rank,
    )
    random = torch.Generator().manual_seed(settings.seed + progress.step)
    started_s = saved_s = time.monotonic()
    window = []
    while progress.step < settings.steps:
        batch = next(stacks).to(fabric.device)
        images = batch.images.float() / 255.0
        slices = batch.coordinates.shape[1]
        earlier = torch.randperm(slices - 1, generator=random)[: settings.prefixes - 1] + 1
        prefixes = tuple(sorted({*earlier.tolist(), slices}))

        for group in optimizer.param_groups:
            group["lr"] = learning_rate(progress.step, settings)
        predictions = [Prediction(**maps) for maps in model(images, batch.coordinates, prefixes)]
        sharpness = image_sharpness(images)
        terms = [losses(prediction, batch.truth, sharpness=sharpness) for prediction in predictions]
        loss = torch.stack([term.total(settings.weights) for term in terms]).mean()
        optimizer.zero_grad()
        fabric.backward(loss)
        fabric.clip_gradients(model, optimizer, max_norm=settings.clip)
        optimizer.step()
        follow(average, network, rate=max(1.0 - settings.ema, 1.0 / (progress.step + 2)))

        progress = progress.advanced(len(batch.truth) * fabric.world_size)
        window.append(terms[-1].error.item())
        if progress.step % 50 == 0 and fabric.is_global_zero:
            error = sum(window) / len(window)
            seconds = time.monotonic() - started_s
            write_line(settings.run, step=progress.step, error=error, loss=loss.item(), seconds=seconds)
            window.clear()
        if progress.step % settings.validate_every == 0 and fabric.is_global_zero:
            write_line(settings.run, step=progress.step, **validate(average, settings.validation))
        if progress.step % LOOK_AT_CLOCK_EVERY:
            continue
        now_s = fabric.broadcast(time.monotonic())  # all ranks go by one clock
        if now_s - saved_s > 60 * settings.checkpoint_minutes and fabric.is_global_zero:
            save_checkpoint(settings.run, progress, network=network, average=average, optimizer=optimizer)
            saved_s = now_s
        if now_s - started_s > 60 * settings.minutes:
            break
    if fabric.is_global_zero:
        save_checkpoint(settings.run, progress, network=network, average=average, optimizer=optimizer)


class Rollout(nn.Module):
    """The network as Fabric wants it: what it returns is made of plain dicts."""

    def __init__(self, network: FocDepthFormer) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, images: Tensor, coordinates: Tensor, prefixes: tuple[int, ...]
    ) -> list[dict[str, Tensor]]:
        """As `FocDepthFormer.forward`."""
        return [
            {"coordinate": p.coordinate, "log_scale": p.log_scale, "coarse": p.coarse}
            for p in self.network(images, coordinates, prefixes)
        ]


def channels_last(network: FocDepthFormer) -> FocDepthFormer:
    """Lay convolution weights out as the CPU's matrix units want them."""
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


@torch.no_grad()
def follow(average: nn.Module, network: nn.Module, *, rate: float) -> None:
    """Move the averaged weights towards the network's by `rate`."""
    targets = [parameter.detach() for parameter in network.parameters()]
    torch._foreach_lerp_(list(average.parameters()), targets, rate)


def learning_rate(step: int, settings: TrainSettings) -> float:
    """Linear warm-up, a plateau that any number of resumed runs may extend, then a cosine to 1 %."""
    decay_steps = settings.decay * settings.steps
    left = min((settings.steps - step) / decay_steps, 1.0) if decay_steps else 1.0
    share = 0.01 + 0.99 * 0.5 * (1.0 - math.cos(math.pi * left))
    return settings.learning_rate * min((step + 1) / settings.warm_up, 1.0) * share


def write_line(run: Path, **values: float) -> None:
    """Log one line of metrics, and add it to metrics.jsonl."""
    log.info(" | ".join(f"{name} {value:.5g}" for name, value in values.items()))
    with (run / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(values) + "\n")
