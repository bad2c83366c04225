"""A run shipped into a folder is all that every command needs for its model."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from engines.choice.faster import cheaper, choices
from engines.compiled.cache import CompiledFolder, CompiledKey
from engines.graphs.folder import GraphPart, read_graphs, shipped_graphs
from engines.graphs.state_layout import F32_TOLERANCES
from engines.int8.table import read_ranges
from engines.listing import listing
from engines.openvino.runner import OpenVinoRunner
from engines.runners import RUNNERS, RunnerInputs
from engines.tensorrt.fused_graph import part_model
from engines.weights_file import load_network
from engines.weights_info import SHIPPED, read_info, shipped_weights
from inference.config import InferenceConfig
from inference.network.config import TINY
from tests.engines.graphs.exported import SIZE_PX, random_slice, tiny_network
from tests.training.learning.test_train import make_shard
from training.judging.judged_models import open_models
from training.learning.command_settings import ShipSettings
from training.learning.ship import ship

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


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


@pytest.mark.parametrize("name", ["torch f32", "onnxruntime f32", "openvino f32"])
def test_every_engine_computes_slice_by_slice_what_the_whole_stack_gives(name: str, tmp_path: Path) -> None:
    graphs = read_graphs(shipped_graphs("tiny"))
    runner = RUNNERS[name](RunnerInputs(graphs=graphs, weights=shipped_weights("tiny"), threads=1))
    network = load_network(shipped_weights("tiny"))
    slices = [random_slice(seed) for seed in range(6)]
    images = torch.from_numpy(np.stack([image[0] for image, _ in slices])).permute(0, 3, 1, 2)[None]
    coordinates = torch.from_numpy(np.concatenate([coordinate for _, coordinate in slices]))[None]
    wholes = network(images, coordinates, tuple(range(1, 7)))
    state = runner.initial_state((1, *SIZE_PX))
    for (image, coordinate), whole in zip(slices, wholes, strict=True):
        state, maps = runner.step(image, coordinate, state)
        for map_name in ("coordinate", "log_scale"):
            expected = getattr(whole, map_name)[:, 0].numpy()
            np.testing.assert_allclose(
                getattr(maps, map_name), expected, atol=F32_TOLERANCES[map_name] + 1e-4
            )


def test_int8_computes_and_stays_near_over_many_slices() -> None:
    """With random weights no more can be said than that nothing adds up over the slices."""
    graphs = read_graphs(shipped_graphs("tiny"))
    low, plain = (OpenVinoRunner(graphs, precision=one, threads=1, keep=False) for one in ("int8", "f32"))
    states = [runner.initial_state((1, *SIZE_PX)) for runner in (low, plain)]
    apart = []
    for seed in range(100):
        image, coordinate = random_slice(seed % 7)
        (states[0], maps), (states[1], others) = (
            runner.step(image, coordinate, state) for runner, state in zip((low, plain), states, strict=True)
        )
        assert np.isfinite(maps.coordinate).all()
        apart.append(np.abs(maps.coordinate - others.coordinate).mean())
    assert 0.0 < max(apart) < 0.2
    assert np.mean(apart[-20:]) < 2.0 * np.mean(apart[10:30]) + 0.01


@pytest.mark.parametrize("part", [GraphPart.ENCODE, GraphPart.UPDATE, GraphPart.DECODE])
def test_tensorrt_is_given_graphs_in_half_precision(part: GraphPart) -> None:
    graph = part_model(read_graphs(shipped_graphs("tiny")), part, "f16")
    onnx.checker.check_model(onnx.load_from_string(graph))


def test_it_is_judged_by_its_name() -> None:
    ours, other = open_models(["tiny", "sharpness"])
    assert (ours.label, other.label) == ("tiny", "sharpness")


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
