"""Trains the network. Reads from top to bottom."""

import copy
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from engines.weights_file import load_network
from focstream.program.interrupt import Interrupt
from focstream.types import InputError
from inference.network.network import FocDepthFormer, Prediction
from training.data.batches import Batch, batches
from training.learning.checkpoint import NAME, load_checkpoint, save_checkpoint
from training.learning.command_settings import TrainSettings
from training.learning.depthwise import with_quick_depthwise
from training.learning.distributed import Rollout, launched, rank_drift
from training.learning.loss import image_sharpness, losses
from training.learning.muon import Muon
from training.learning.preview import preview
from training.learning.progress import RunLog
from training.learning.schedule import learning_rate
from training.learning.settings import RunSettings
from training.learning.start import start_from
from training.learning.validate import validate

_log = logging.getLogger(__name__)

LOOK_AT_CLOCK_EVERY = 20
"""Steps."""


class BatchSource(Protocol):
    """Makes the batches that one process of a run learns from."""

    def __call__(self, *, seed: int, rank: int) -> Iterator[Batch]:
        """Yield batches for ever; of equal shape in all ranks."""
        ...


class Teacher(Protocol):
    """What a run learns from besides the truth."""

    def begin(self, student: FocDepthFormer) -> None:
        """Fill the network of a new run that starts from no weights."""
        ...

    def lessons(
        self, batch: Batch, prefixes: tuple[int, ...], student: list[Prediction], sharpness: Tensor
    ) -> list[Tensor]:
        """Return what is to be added to the loss of each prediction."""
        ...


def train(settings: TrainSettings) -> None:
    """Train on focal stacks until the steps are done or the time is up."""
    learn(settings, partial(batches, settings.stacks, settings.sampling), validation=settings.validation)


def learn(
    settings: RunSettings, source: BatchSource, *, validation: Path, teacher: Teacher | None = None
) -> None:
    """Train until the steps are done or the time is up; goes on where the run in the same folder ended.

    Parameters
    ----------
    settings
        Of the run.
    source
        Called once in every process, in the first one first, so that it may put files in place.
    validation
        Folder of sets of stacks; looked into at the first validation.
    teacher
        Of the run, if it has one.
    """
    fabric = launched(settings)
    network = FocDepthFormer(settings.network)
    with_quick_depthwise(channels_last(network))
    begin(network, settings, teacher)
    average = copy.deepcopy(network).requires_grad_(False).to(fabric.device)
    optimizer = Muon(network, lr=settings.learning_rate, weight_decay=settings.weight_decay)
    model, optimizer = fabric.setup(Rollout(network), optimizer)
    progress = load_checkpoint(settings.run, network=network, average=average, optimizer=optimizer)
    save = partial(save_checkpoint, settings.run, network=network, average=average, optimizer=optimizer)

    with fabric.rank_zero_first():
        stacks = source(seed=settings.seed + 1000 * progress.step, rank=fabric.global_rank)
    random = torch.Generator().manual_seed(settings.seed + progress.step)
    first_step = progress.step
    started_s, elapsed_s, saved_s = time.monotonic(), 0.0, 0.0
    writes = fabric.is_global_zero
    with (
        RunLog(settings.run, step=progress.step, steps=settings.steps, active=writes) as report,
        Interrupt() as interrupt,
    ):
        interrupt.on_stop = partial(_log.info, "stopping after this step; a second signal ends at once")
        stops = False
        while progress.step < settings.steps and elapsed_s < 60 * settings.minutes and not stops:
            batch = next(stacks).to(fabric.device)
            prefixes = random_prefixes(batch.coordinates.shape[1], settings.prefixes, random)
            rate = learning_rate(progress.step, settings, elapsed_s=elapsed_s)
            set_rate(optimizer, rate)
            loss, error = judge(model, batch, prefixes, settings, teacher)
            optimizer.zero_grad()
            fabric.backward(loss)
            fabric.clip_gradients(model, optimizer, max_norm=settings.clip)
            optimizer.step()
            follow(average, network, rate=max(1.0 - settings.ema, 1.0 / (progress.step + 2)))

            progress = progress.advanced(len(batch.truth) * fabric.world_size)
            report.learned(progress.step, error=error.item(), loss=loss.item(), rate=rate)
            stops = interrupt.requested and fabric.world_size == 1
            if progress.step % settings.validate_every == 0 and writes and not stops:
                save(progress)  # looking takes a while, and may be interrupted
                saved_s = elapsed_s
                with _at_once(interrupt):
                    look(average, validation, report, step=progress.step)
            if progress.step % LOOK_AT_CLOCK_EVERY:
                continue
            # All ranks go by one clock, and stop after the same step.
            elapsed_s, stops = fabric.broadcast((time.monotonic() - started_s, interrupt.requested))
            if elapsed_s - saved_s > 60 * settings.checkpoint_minutes and writes:
                save(progress)
                saved_s = elapsed_s
        if progress.step == first_step:
            return
        if writes:
            save(progress)
        if stops:
            _log.info("%s: saved at step %d; the same command goes on", settings.run, progress.step)
            raise KeyboardInterrupt
        if fabric.world_size > 1:
            report.write(progress.step, rank_drift=rank_drift(fabric, network))
        if writes and progress.step % settings.validate_every:
            with _at_once(interrupt):
                look(average, validation, report, step=progress.step)


@contextmanager
def _at_once(interrupt: Interrupt) -> Iterator[None]:
    """Let a signal end what is done within at once: all is saved."""
    on_stop, interrupt.on_stop = interrupt.on_stop, None
    try:
        yield
    finally:
        interrupt.on_stop = on_stop


def begin(network: FocDepthFormer, settings: RunSettings, teacher: Teacher | None = None) -> None:
    """Fill the network of a new run with the weights that it starts from.

    Raises
    ------
    InputError
        When they are those of another network.
    """
    if (settings.run / NAME).exists():
        return
    if teacher is not None and not settings.start:
        teacher.begin(network)
    for path in settings.start:
        _log.info("%s: starting from its weights", path)
        if path.name != NAME and path.suffix != ".safetensors":
            start_from(network, [path])
            continue
        whole = load_network(path)
        try:
            network.load_state_dict(whole.state_dict())
        except RuntimeError:
            raise InputError(
                f"{path}: holds a network of {whole.config}, but this run's is {network.config}; "
                "give both the same options"
            ) from None


def set_rate(optimizer: Optimizer, rate: float) -> None:
    """Let the next step have this learning rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate


def random_prefixes(slices: int, count: int, random: torch.Generator) -> tuple[int, ...]:
    """Draw up to `count` numbers of slices after which the map is judged; all the slices among them.

    After one slice there is no depth from focus yet; its errors would drown the others.
    """
    earlier = torch.randperm(max(slices - 2, 0), generator=random)[: count - 1] + 2
    return tuple(sorted({*earlier.tolist(), slices}))


def judge(
    model: nn.Module,
    batch: Batch,
    prefixes: tuple[int, ...],
    settings: RunSettings,
    teacher: Teacher | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the loss of a batch, and the mean absolute error of its last maps."""
    images = batch.images.float() / 255.0
    predictions = [Prediction(**maps) for maps in model(images, batch.coordinates, prefixes)]
    sharpness = image_sharpness(images)
    terms = [losses(prediction, batch.truth, sharpness=sharpness) for prediction in predictions]
    totals = [term.total(settings.weights) for term in terms]
    if teacher is not None:
        lessons = teacher.lessons(batch, prefixes, predictions, sharpness)
        totals = [total + more for total, more in zip(totals, lessons, strict=True)]
    *earlier, last = totals
    loss = last + settings.earlier * torch.stack(earlier).mean() if earlier else last
    return loss, terms[-1].error


def look(average: FocDepthFormer, validation: Path, report: RunLog, *, step: int) -> None:
    """Validate the averaged weights, in numbers and pictures."""
    report.write(step, **validate(average, validation))
    report.show(step, preview(average, validation))


def channels_last(network: FocDepthFormer) -> FocDepthFormer:
    """Lay convolution weights out as the CPU's matrix units want them.

    Only those: other parameters keep the layout in which their gradients come, or DDP has to copy them.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


@torch.no_grad()
def follow(average: nn.Module, network: nn.Module, *, rate: float) -> None:
    """Move the averaged weights towards the network's by `rate`."""
    targets = [parameter.detach() for parameter in network.parameters()]
    torch._foreach_lerp_(list(average.parameters()), targets, rate)
