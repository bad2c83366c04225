"""`python -m engines quantise` makes the table again, to the bit, in one call."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from engines.__main__ import main
from engines.graphs.folder import read_graphs, shipped_graphs
from engines.int8.measure import measure_ranges
from engines.int8.table import RANGES, read_ranges
from engines.openvino.runner import OpenVinoRunner
from engines.trials.stacks import TrialStack, contrasted_stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

FEW = ("--size", "48x32", "--count", "1", "--judged", "1", "--threads", "1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(shipped_graphs("small"), tmp_path_factory.mktemp("copy") / "small"))
    (folder / RANGES).unlink()
    return folder


def test_the_same_call_makes_the_same_table(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    tables = []
    for _ in range(2):
        assert main(["quantise", "--graphs", str(folder), *FEW, "--seed", "3"]) == 0
        tables.append((folder / RANGES).read_bytes())
    assert tables[0] == tables[1]
    assert "error against truth" in caplog.text
    assert "kept in" not in caplog.text  # what is compiled for judging is used once
    table = read_ranges(read_graphs(folder))
    assert table.measured_on == "1 simulated stacks of 48x32, seed 3"
    assert table.layers.keys() == read_ranges(read_graphs(shipped_graphs("small"))).layers.keys()
    OpenVinoRunner(read_graphs(folder), precision="int8", threads=1)


def test_ranges_hold_what_goes_in(folder: Path) -> None:
    """Ends are those of all slices, rounded outwards; a part of the slices has no wider ones."""
    graphs = read_graphs(folder)
    stack = contrasted_stack(0, height_px=32, width_px=48)
    some = TrialStack(images=stack.images[:2], coordinates=stack.coordinates[:2], truth=stack.truth)
    wide, narrow = (measure_ranges(graphs, [one], threads=1) for one in (stack, some))
    assert wide.keys() == narrow.keys()
    narrower = 0
    for digest, found in wide.items():
        part = narrow[digest]
        if found is None or part is None:
            assert part is None
            continue
        assert found.low <= part.low <= 0.0 <= part.high <= found.high
        narrower += part != found
        assert found.high == float(f"{found.high:.3g}")
    assert narrower > 5


def test_a_network_without_large_layers_has_no_table(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(shipped_graphs("small"), tmp_path / "small"))
    (folder / RANGES).unlink()
    monkeypatch.setattr("engines.openvino.int8._FEW_CHANNELS", 1000)
    monkeypatch.setattr("engines.int8.measure._MeasuredStep.sweep", lambda *_: pytest.fail("it measures"))
    assert main(["quantise", "--graphs", str(folder), *FEW]) == 2
    assert "no layer of this network is large enough for int8" in caplog.text
    assert not (folder / RANGES).exists()


def test_too_few_rendered_stacks_are_told(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rendered(tmp_path / "stacks" / "one" / "shard", count=1)
    words = ["quantise", "--graphs", str(folder), "--stacks", str(tmp_path / "stacks"), "--threads", "1"]
    assert main([*words, "--count", "1", "--judged", "1"]) == 2
    assert "has 1 stacks, and --count and --judged take 2" in caplog.text
    rendered(tmp_path / "stacks" / "two" / "shard", count=5)
    assert main([*words, "--count", "4", "--judged", "1"]) == 2
    assert "has 2 sets, of which each is measured and judged; --count and --judged must be 2" in caplog.text
    assert main([*words, "--count", "4", "--judged", "2"]) == 2
    assert "no stack of one is left to measure on" in caplog.text


def test_every_set_is_measured_and_judged(folder: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        rendered(tmp_path / name / "shard", count=2)
    words = ["quantise", "--graphs", str(folder), "--stacks", str(tmp_path), "--threads", "1"]
    assert main([*words, "--count", "2", "--judged", "2"]) == 0
    assert read_ranges(read_graphs(folder)).measured_on == "2 rendered stacks of one, two"


def test_stacks_without_truth_judge_nothing(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rendered(tmp_path / "one" / "shard", count=2, truth=np.nan)
    words = ["quantise", "--graphs", str(folder), "--stacks", str(tmp_path), "--threads", "1"]
    assert main([*words, "--count", "1", "--judged", "1"]) == 2
    assert "a stack to judge on has no truth" in caplog.text


def rendered(shard: Path, *, count: int, truth: float = 0.0) -> None:
    """Write stacks as they are rendered."""
    shard.mkdir(parents=True)
    stacks = [contrasted_stack(seed, height_px=32, width_px=48) for seed in range(count)]
    np.save(shard / "images.npy", np.stack([(255 * stack.images).astype(np.uint8) for stack in stacks]))
    np.save(shard / "coordinates.npy", np.stack([stack.coordinates for stack in stacks]))
    np.save(shard / "truth.npy", np.stack([stack.truth + truth for stack in stacks]).astype(np.float16))
