"""Teaches a cheap network what a good one makes of the same stacks, besides the truth."""

import logging
from functools import partial
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from engines.weights_file import load_network
from engines.weights_info import shipped_weights
from focstream.types import InputError
from inference.network.network import FocDepthFormer, Prediction
from training.data.batches import Batch, batches
from training.learning.command_settings import DistilSettings
from training.learning.distilling.narrow import narrow
from training.learning.loss import gradient_mismatch
from training.learning.precision import bf16_where_quick
from training.learning.settings import LessonWeights
from training.learning.train import channels_last, learn

_log = logging.getLogger(__name__)


def distil(settings: DistilSettings) -> None:
    """Train the student until the steps are done or the time is up; goes on where the run ended."""
    learn(
        settings,
        partial(batches, settings.stacks, settings.sampling),
        validation=settings.validation,
        teacher=NetworkTeacher(settings),
    )


class NetworkTeacher:
    """A trained network that sees what the student sees.

    Parameters
    ----------
    settings
        Say which, and what of it is learned.

    Raises
    ------
    InputError
        When its weights cannot be read, or it has no focus attention.
    """

    def __init__(self, settings: DistilSettings) -> None:
        self._path: Path = settings.teacher or shipped_weights("small")
        self._network = channels_last(load_network(self._path))
        self._weights = settings.lessons
        self._narrowed = settings.narrowed
        self._random = torch.Generator().manual_seed(settings.seed)  # equal in all processes of a run
        if self._network.config.fusion != "fine":
            raise InputError(f"{self._path}: has no focus attention to learn from; give another --teacher")
        _log.info("%s: is the teacher", self._path)

    def begin(self, student: FocDepthFormer) -> None:
        """Let a student that has learned nothing begin with channels of the teacher, if so chosen."""
        if self._narrowed:
            _log.info("%s: the student begins with its channels", self._path)
            narrow(student, self._network)

    def lessons(
        self, batch: Batch, prefixes: tuple[int, ...], student: list[Prediction], sharpness: Tensor
    ) -> list[Tensor]:
        """Return what is to be added to the loss of each of the student's predictions; often nothing."""
        if not self._weights.any or torch.rand((), generator=self._random) >= self._weights.taught_share:
            return [torch.zeros((), device=sharpness.device) for _ in student]
        device = batch.images.device
        self._network.to(device)
        with torch.inference_mode(), bf16_where_quick(device):
            shown = self._network(batch.images.float() / 255.0, batch.coordinates, prefixes)
        return [
            lesson(one, _copied(other), self._weights, sharpness=sharpness)
            for one, other in zip(student, shown, strict=True)
        ]


def lesson(student: Prediction, teacher: Prediction, weights: LessonWeights, *, sharpness: Tensor) -> Tensor:
    """Return how far a prediction is from the teacher's.

    Parameters
    ----------
    student, teacher
        Of the same slices; `teacher` without gradients.
    weights
        Of the terms.
    sharpness
        (B, 1, H, W) of `training.learning.loss.image_sharpness`, which weighs edges.
    """
    error = student.coordinate - teacher.coordinate
    everywhere = torch.ones_like(error, dtype=torch.bool)
    return (
        weights.taught_map * error.abs().mean()
        + weights.taught_edges * gradient_mismatch(error, everywhere, weight=1.0 + sharpness)
        + weights.taught_scale * scale_divergence(student, teacher).mean()
        + weights.taught_attention * attention_divergence(student, teacher).mean()
    )


def scale_divergence(student: Prediction, teacher: Prediction) -> Tensor:
    """(B, 1, H, W) divergence of the student's Laplace distribution from the teacher's.

    It is least at the teacher's scale where the maps agree, and at a larger one where they differ: a student
    is not taught to be as sure as its teacher of what it does not see. It teaches the scale alone, as the
    likelihood does.
    """
    away = (student.coordinate - teacher.coordinate).detach().abs()
    narrower = teacher.log_scale - student.log_scale
    expected = torch.exp(narrower - away * torch.exp(-teacher.log_scale))
    return expected + away * torch.exp(-student.log_scale) - narrower - 1.0


def attention_divergence(student: Prediction, teacher: Prediction) -> Tensor:
    """(B, 1, H/4, W/4) divergence of the student's focus attention over the slices from the teacher's."""
    assert student.focus_logits is not None
    assert teacher.focus_logits is not None
    ours = F.log_softmax(student.focus_logits.float(), dim=1)
    theirs = F.log_softmax(teacher.focus_logits.float(), dim=1)
    return (theirs.exp() * (theirs - ours)).sum(dim=1)


def _copied(shown: Prediction) -> Prediction:
    """Return tensors that gradients of others may be made of, which those of inference mode are not for."""
    assert shown.focus_logits is not None
    return Prediction(
        coordinate=shown.coordinate.float().clone(),
        log_scale=shown.log_scale.float().clone(),
        coarse=shown.coarse.clone(),
        limits=shown.limits.clone(),
        focus_logits=shown.focus_logits.clone(),
    )
