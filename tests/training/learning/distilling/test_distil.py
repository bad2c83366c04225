"""A student learns from a teacher, besides the truth."""

import json
import logging
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engines.weights_file import load_network, save_network
from engines.weights_info import WeightsInfo
from focstream.types import InputError
from inference.network.config import SIZES, NetworkConfig
from inference.network.network import FocDepthFormer, Prediction
from tests.training.learning.test_train import make_shard
from training.data.batches import Batch, Sampling
from training.learning.command_settings import DistilSettings
from training.learning.distilling.distil import (
    NetworkTeacher,
    attention_divergence,
    distil,
    lesson,
    scale_divergence,
)
from training.learning.settings import LessonWeights

NOTHING = LessonWeights(taught_map=0.0, taught_edges=0.0, taught_scale=0.0, taught_attention=0.0)
TEACHER = NetworkConfig(layers=3, tokens=80, fine=24, mid=48)


def teacher_file(folder: Path, config: NetworkConfig = TEACHER) -> Path:
    torch.manual_seed(3)
    path = folder / "teacher.safetensors"
    save_network(
        path, FocDepthFormer(config), WeightsInfo(name="teacher", config=config, sigma_per_scale=1.0)
    )
    return path


def a_run(folder: Path, **changes: object) -> DistilSettings:
    if not (folder / "stacks").exists():
        make_shard(folder / "stacks")
        make_shard(folder / "validation" / "easy", count=2)
    settings = DistilSettings(
        stacks=folder / "stacks",
        validation=folder / "validation",
        run=folder / "run",
        teacher=teacher_file(folder),
        steps=2,
        warm_up=1,
        decay=0.5,
        validate_every=2,
        precision="32-true",
        sampling=Sampling(batch=1, slices_low=2, usual=4, slices_high=4),
    )
    return replace(settings, **changes)


def predicted(seed: int, *, log_scale: float = -3.0) -> Prediction:
    generator = torch.Generator().manual_seed(seed)
    return Prediction(
        coordinate=torch.rand(1, 1, 16, 16, generator=generator),
        log_scale=torch.full((1, 1, 16, 16), log_scale),
        coarse=torch.zeros(1, 1, 4, 4),
        limits=torch.tensor([[0.0, 1.0]]),
        focus_logits=torch.randn(1, 3, 1, 4, 4, generator=generator),
    )


@pytest.mark.parametrize("term", ["taught_map", "taught_edges", "taught_scale", "taught_attention"])
def test_every_term_is_nothing_for_what_the_teacher_says_and_more_for_anything_else(term: str) -> None:
    weights = replace(NOTHING, **{term: 1.0})
    sharpness = torch.rand(1, 1, 16, 16)
    same = lesson(predicted(0), predicted(0), weights, sharpness=sharpness)
    other = lesson(predicted(1, log_scale=-2.0), predicted(0), weights, sharpness=sharpness)
    assert abs(same.item()) < 1e-5
    assert other.item() > 0.01


def test_a_student_that_is_wrong_is_taught_a_larger_scale() -> None:
    teacher = predicted(0)
    away = 0.2
    scales = torch.linspace(-5.0, 0.0, 51)
    divergences = [
        scale_divergence(
            replace(
                teacher, coordinate=teacher.coordinate + away, log_scale=torch.full((1, 1, 16, 16), float(s))
            ),
            teacher,
        ).mean()
        for s in scales
    ]
    best = scales[int(torch.stack(divergences).argmin())].exp().item()
    assert best == pytest.approx(away, rel=0.1)  # the teacher's own is a quarter of that


def test_gradients_of_the_scale_do_not_move_the_map() -> None:
    student = predicted(1)
    student.coordinate.requires_grad_()
    student.log_scale.requires_grad_()
    scale_divergence(student, predicted(0)).mean().backward()
    assert student.coordinate.grad is None
    assert student.log_scale.grad is not None


def test_the_attention_of_the_student_goes_to_that_of_the_teacher() -> None:
    teacher, student = predicted(0), predicted(1)
    assert student.focus_logits is not None
    logits = student.focus_logits.clone().requires_grad_()
    divergence = attention_divergence(replace(student, focus_logits=logits), teacher).mean()
    (gradient,) = torch.autograd.grad(divergence, logits)
    nearer = attention_divergence(replace(student, focus_logits=logits.detach() - gradient), teacher).mean()
    assert 0.0 < nearer < divergence


def test_the_teacher_sees_the_batch_and_is_not_taught(tmp_path: Path) -> None:
    settings = a_run(tmp_path, lessons=replace(NOTHING, taught_map=1.0, taught_share=1.0))
    images = torch.randint(0, 255, (1, 3, 3, 32, 32), dtype=torch.uint8)
    batch = Batch(images=images, coordinates=torch.tensor([[0.0, 0.5, 1.0]]), truth=torch.zeros(1, 1, 32, 32))
    network = load_network(settings.teacher)
    shown = network(images.float() / 255.0, batch.coordinates, (2, 3))
    moved = [replace(one, coordinate=(one.coordinate + 0.25).requires_grad_()) for one in shown]
    lessons = NetworkTeacher(settings).lessons(batch, (2, 3), moved, torch.zeros(1, 1, 32, 32))
    assert [one.item() for one in lessons] == pytest.approx([0.25, 0.25], abs=1e-3)
    sum(lessons).backward()
    assert all(one.coordinate.grad is not None for one in moved)


@pytest.mark.timeout(400)
def test_a_run_begins_with_the_teachers_channels_learns_and_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    settings = a_run(tmp_path)
    distil(replace(settings, steps=1, learning_rate=1e-9))
    assert "teacher.safetensors: the student begins with its channels" in caplog.text
    begun = load_network(settings.run / "checkpoint.pt")
    assert begun.config == SIZES["tiny"]
    given = load_network(settings.teacher)
    torch.testing.assert_close(begun.stem.spatial.weight, given.stem.spatial.weight, atol=1e-6, rtol=0)
    caplog.clear()
    distil(settings)
    assert "begins with" not in caplog.text
    saved = torch.load(settings.run / "checkpoint.pt", weights_only=True)
    assert saved["step"] == 2
    assert not torch.equal(saved["network"]["stem.spatial.weight"], begun.stem.spatial.weight)
    lines = [json.loads(line) for line in (settings.run / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2]


def test_without_lessons_the_teacher_is_not_computed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    teacher = NetworkTeacher(a_run(tmp_path, lessons=NOTHING, narrowed=False))
    monkeypatch.setattr(FocDepthFormer, "forward", lambda *_: pytest.fail("it is computed"))
    batch = Batch(
        images=torch.zeros(1, 2, 3, 32, 32, dtype=torch.uint8),
        coordinates=torch.tensor([[0.0, 1.0]]),
        truth=torch.zeros(1, 1, 32, 32),
    )
    (nothing,) = teacher.lessons(batch, (2,), [predicted(0)], torch.zeros(1, 1, 32, 32))
    assert nothing.item() == 0.0
    student = FocDepthFormer(SIZES["tiny"])
    before = student.stem.spatial.weight.clone()
    teacher.begin(student)
    assert torch.equal(student.stem.spatial.weight, before)


def test_a_teacher_without_focus_attention_is_refused(tmp_path: Path) -> None:
    settings = a_run(tmp_path)
    path = teacher_file(tmp_path, TEACHER.model_copy(update={"fusion": "latent"}))
    with pytest.raises(InputError, match=r"teacher\.safetensors: has no focus attention"):
        distil(replace(settings, teacher=path))
    assert not (settings.run / "checkpoint.pt").exists()


@pytest.mark.timeout(400)  # it imports torch twice, perhaps on a busy computer
def test_a_signal_ends_a_run_after_a_step_and_all_is_saved(tmp_path: Path) -> None:
    """It has so many steps that it cannot end before. Ctrl-C is for the process that makes batches, too."""
    settings = a_run(tmp_path)
    words = [
        *("--stacks", settings.stacks, "--validation", settings.validation, "--run", settings.run),
        *(
            "--teacher",
            settings.teacher,
            "--steps",
            10**6,
            "--warm-up",
            1,
            "--batch",
            1,
            "--precision",
            "32-true",
        ),
        *("--usual", 2, "--slices-low", 2, "--slices-high", 2, "--validate-every", 10**6),
    ]
    command = [sys.executable, "-m", "training", "distil", *map(str, words)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "step 50 " in line:
                break
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "stopping after this step" in said
    step = torch.load(settings.run / "checkpoint.pt", weights_only=True)["step"]
    assert step >= 50
    assert f"saved at step {step}; the same command goes on" in said
    assert said.rstrip().endswith("interrupted")
    assert "Traceback" not in said
