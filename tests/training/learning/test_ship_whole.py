"""A run shipped into a folder is all that every command needs for its model."""

import logging
from pathlib import Path

import numpy as np
import pytest
import torch

from engines.choice.auto_model import AutoModel
from engines.choice.choose import make_model
from engines.choice.faster import cheaper, choices
from engines.compiled.cache import CompiledFolder, CompiledKey
from engines.graphs.folder import read_graphs, shipped_graphs
from engines.int8.table import read_ranges
from engines.listing import listing
from engines.weights_info import SHIPPED, read_info, shipped_weights
from inference.config import InferenceConfig
from inference.network.config import TINY
from inference.sharpness import SharpnessModel
from inference.slowed import SlowedModel
from tests.engines.graphs.exported import tiny_network
from tests.training.learning.test_train import make_shard
from training.judging.judged_models import open_models
from training.learning.command_settings import ShipSettings
from training.learning.ship import ship

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SHAPE = (32, 48)
SPEEDS = {("small", 1.0): 4.0, ("tiny", 1.0): 10.0, ("small", 0.5): 12.0, ("tiny", 0.5): 30.0}
"""Slices a second; of the classical estimator, more than all."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where networks come from: `small`, and `tiny` with random weights."""
    folder = tmp_path_factory.mktemp("networks")
    run = folder / "run"
    run.mkdir()
    torch.save(
        {"average": tiny_network(TINY).state_dict(), "config": TINY.model_dump()}, run / "checkpoint.pt"
    )
    make_shard(folder / "calibration" / "easy", count=12)
    ship(ShipSettings(run=run, calibration=folder / "calibration", out=folder / "tiny"))
    (folder / "small").symlink_to(SHIPPED / "small")
    return folder


@pytest.fixture(autouse=True)
def _shipped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("engines.weights_info", "engines.graphs.folder"):
        monkeypatch.setattr(f"{module}.SHIPPED", folder)


def test_weights_graphs_and_the_table_for_int8_are_there() -> None:
    info = read_info(shipped_weights("tiny"))
    assert (info.name, info.config) == ("tiny", TINY)
    graphs = read_graphs(shipped_graphs("tiny"))
    assert graphs.info == info
    table = read_ranges(graphs)
    assert table.measured_on == "8 rendered stacks of easy"
    assert any(table.layers.values())


@pytest.mark.parametrize("name", ["onnxruntime f32", "openvino f32"])
def test_every_engine_of_graphs_computes_what_torch_does(name: str) -> None:
    engine, precision = name.split()
    some = [
        make_model(InferenceConfig(model="tiny", engine=chosen, precision=precision, threads=1))
        for chosen in ("torch", engine)
    ]
    states = [model.initial_state(SHAPE) for model in some]
    random = np.random.default_rng(0)
    for coordinate in (0.0, 0.4, 1.0):
        image = random.integers(0, 255, SHAPE, dtype=np.uint8)
        (states[0], maps), (states[1], others) = (
            model.step(image, coordinate, state) for model, state in zip(some, states, strict=True)
        )
        np.testing.assert_allclose(others.coordinate, maps.coordinate, atol=1e-3)
    assert [(model.name, model.engine) for model in some] == [("tiny", "torch f32"), ("tiny", name)]


def test_it_is_judged_by_its_name() -> None:
    ours, other = open_models(["tiny", "sharpness"])
    assert (ours.label, other.label) == ("tiny", "sharpness")


def make(config: InferenceConfig) -> SlowedModel:
    """The classical estimator in every role, with the role's name for its speed."""
    speed = SPEEDS.get((config.model, config.scale), 100.0)
    return SlowedModel(SharpnessModel(), slices_s=speed, sleep=lambda _: None)


@pytest.mark.parametrize(
    ("rate", "flags"),
    [
        (2.0, "--model small\n"),
        (8.0, "--model tiny\n"),
        (11.0, "--model small --scale 0.5\n"),
        (25.0, "--model tiny --scale 0.5\n"),
        (50.0, "--model sharpness\n"),
    ],
)
def test_auto_takes_it_where_small_is_too_slow(
    rate: float, flags: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    config = InferenceConfig(model="auto", precision="f32")
    AutoModel(config, rate_at_least=rate, make=make, measure=lambda model, _: model.slices_s).initial_state(
        SHAPE
    )
    assert f"--model auto takes {flags}" in caplog.text


def test_own_weights_are_one_network(folder: Path) -> None:
    own = choices(InferenceConfig(weights=folder / "tiny" / "weights.safetensors"))
    assert [one.config.model for one in own] == ["small", "small", "sharpness", "sharpness"]
    faster = cheaper(InferenceConfig(model="tiny", scale=0.25))
    assert [one.flags for one in faster] == ["--model sharpness", "--model sharpness --scale 0.5"]


def test_what_is_compiled_of_it_is_current(tmp_path: Path) -> None:
    def entry(digest: str) -> CompiledFolder:
        key = CompiledKey(
            graphs_digest=digest,
            engine="other",
            version="1",
            device="CPU",
            precision="f32",
            shape=(1, 32, 32),
        )
        return CompiledFolder(key=key, folder=tmp_path)

    digest = read_graphs(shipped_graphs("tiny")).digest
    ours, others = listing([entry(digest), entry("ab12")]).splitlines()[-2:]
    assert "graphs" not in ours
    assert "other version and graphs" in others
