"""`python -m engines`: what it prints, and how it ends."""

import json
import re
import shutil
from pathlib import Path

import openvino as ov
import pytest

from engines.__main__ import main
from engines.compiled.cache import CompiledKey, cache_folder, compiled_folder
from engines.compiled.own_code import made_by
from engines.graphs.folder import MANIFEST, Graphs, read_graphs, shipped_graphs
from engines.processor import openvino_processor, torch_has_bf16
from engines.trials.cost import count_flops
from engines.weights_file import load_network, save_network
from engines.weights_info import digest, read_info
from inference.network.config import NetworkConfig
from tests.engines.graphs.exported import TINY

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def run(*words: object) -> int:
    return main([*map(str, words)])


def compare_words(graphs: Path, weights: Path) -> list[object]:
    return [
        "compare",
        "--graphs",
        graphs,
        "--weights",
        weights,
        "--size",
        "48x32",
        "--count",
        1,
        "--threads",
        1,
    ]


def test_compare_is_green_and_tables_every_engine(
    capsys: pytest.CaptureFixture[str],
    tiny_graphs: Graphs,
    tiny_weights: Path,
    compiled_cache: Path,
) -> None:
    words = compare_words(tiny_graphs.folder, tiny_weights)
    assert run(*words, "--engine", "onnxruntime f32", "openvino f32", "--slices", 1, 12) == 0
    out = capsys.readouterr().out
    for engine in ("onnxruntime f32", "openvino f32"):
        assert all(f"| {engine} | {step} |" in out for step in (1, 12))


def test_compare_fails_when_the_graphs_are_of_other_values(
    caplog: pytest.LogCaptureFixture,
    tiny_graphs: Graphs,
    tiny_weights: Path,
    tmp_path: Path,
) -> None:
    network = load_network(tiny_weights)
    network.decoder.head.weight.mul_(1.5)
    other = tmp_path / "other.safetensors"
    save_network(other, network, read_info(tiny_weights))
    folder = Path(shutil.copytree(tiny_graphs.folder, tmp_path / "graphs"))
    words = [*compare_words(folder, other), "--engine", "onnxruntime f32", "--slices", 1]
    assert run(*words) == 2
    assert "the graphs are not of the weights" in caplog.text
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(manifest | {"weights_sha256": digest(other)}))
    caplog.clear()
    assert run(*words) == 2
    assert "past their tolerance: onnxruntime f32 differs in coordinate" in caplog.text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--engine", "abacus"], "no engine is called 'abacus'"),
        (["--size", "40x40"], "multiples of 16"),
        (["--size", "wide"], "such as 640x480"),
    ],
)
def test_compare_says_what_is_wrong_with_an_option(
    caplog: pytest.LogCaptureFixture,
    tiny_graphs: Graphs,
    tiny_weights: Path,
    words: list[str],
    said: str,
) -> None:
    assert run(*compare_words(tiny_graphs.folder, tiny_weights), *words) == 2
    assert said in caplog.text


@pytest.mark.by_processor
def test_bench_tables_engines_side_by_side(
    capsys: pytest.CaptureFixture[str],
    tiny_graphs: Graphs,
    tiny_weights: Path,
    compiled_cache: Path,
) -> None:
    words = ["bench", "--graphs", tiny_graphs.folder, "--weights", tiny_weights, "--size", "48x32"]
    words += ["--engine", "onnxruntime f32", "openvino f32", "--slices", 10, "--warm-up", 1, "--batch", 2]
    assert run(*words, "--threads", 1, "--layers", 3) == 0
    out = capsys.readouterr().out
    for engine in ("onnxruntime f32", "openvino f32"):
        (row,) = re.findall(rf"^\| {engine} \|(.*)\|$", out, re.MULTILINE)
        p50, p95, p99, rate, batched = (float(cell) for cell in row.split("|")[:5])
        assert 0.0 < p50 <= p95 <= p99
        assert rate == pytest.approx(1e3 / p50, rel=0.1)
        assert batched > 0.0
    assert ("No matmul peak in bf16: this processor" in out) != torch_has_bf16()
    assert "Costliest layers, openvino f32" in out
    assert len(re.findall(r"^\| \d+\.\d% \|", out, re.MULTILINE)) == 3


def test_live_bench_tables_what_a_live_run_takes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("bench", "--live", "--size", "48x32", "64x48", "--slices", 12, "--warm-up", 2) == 0
    out = capsys.readouterr().out
    assert "warm-up 2, n 12, in turns" in out
    rows = re.findall(r"^\| (\d+ × \d+) \| `(--model [^`]+)` \| ([^|]+) \|(.*)\|$", out, re.MULTILINE)
    networks = [f"{name}{scale}" for scale in ("", " --scale 0.5") for name in ("small", "tiny")]
    ways = [*networks, "sharpness", "sharpness --scale 0.5"]
    assert [flags for _, flags, *_ in rows] == [f"--model {way}" for way in ways] * 2
    assert [size for size, *_ in rows] == ["48 × 32"] * 6 + ["64 × 48"] * 6
    for _, flags, engine, cells in rows:
        assert ("halved" in engine) == ("--scale" in flags)
        p50, p95, p99, rate = (float(cell) for cell in cells.split("|"))
        assert 0.0 < p50 <= p95 <= p99
        assert rate > 0.0


def test_live_bench_takes_no_graphs(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    assert run("bench", "--live", "--graphs", tmp_path) == 2
    assert "--live measures what focstream run takes" in caplog.text


@pytest.mark.by_processor
def test_list_tells_versions_and_what_is_compiled(
    capsys: pytest.CaptureFixture[str], compiled_cache: Path
) -> None:
    assert run("list") == 0
    out = capsys.readouterr().out
    assert re.search(r"^onnxruntime: \d", out, re.MULTILINE)
    assert "nothing yet" in out
    assert ("torch bf16: can be used" in out) == torch_has_bf16()
    assert ("torch bf16: this processor does not compute" in out) != torch_has_bf16()


def test_list_marks_what_is_not_used_now(capsys: pytest.CaptureFixture[str], compiled_cache: Path) -> None:
    current = CompiledKey(
        graphs_digest=read_graphs(shipped_graphs("small")).digest,
        engine="openvino",
        version=made_by(ov.get_version(), "openvino"),
        device=openvino_processor(ov.Core()),
        precision="f32",
        shape=(1, 32, 32),
    )
    changes: list[dict[str, object]] = [
        {},
        {"version": "2020.1", "shape": (1, 32, 48)},
        {"device": "some processor; FP32", "graphs_digest": "ab12", "shape": (1, 32, 64)},
    ]
    for change in changes:
        assert compiled_folder(current.model_copy(update=change), cache=cache_folder()) is not None
    assert run("list") == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  openvino-f32-")]
    marks = {line.split()[0].split("-")[2]: line.partition(" (not current: ")[2] for line in lines}
    assert marks == {"32x32x1": "", "48x32x1": "other version)", "64x32x1": "other processor and graphs)"}


def test_the_cache_is_shown_and_emptied(capsys: pytest.CaptureFixture[str], compiled_cache: Path) -> None:
    key = CompiledKey(
        graphs_digest="ab",
        engine="openvino",
        version="2026.4-x",
        device="CPU; f32",
        precision="f32",
        shape=(1, 32, 48),
    )
    folder = compiled_folder(key, cache=cache_folder())
    assert folder is not None
    (folder / "step.plan").write_bytes(bytes(7_000_000))
    assert run("cache") == 0
    said = capsys.readouterr().out
    assert "7 MB  openvino 2026.4 f32, 48x32, CPU\n" in said
    assert f"{cache_folder()}: 7 MB of at most 2000 MB" in said
    assert run("cache", "--empty") == 0
    assert f"{cache_folder()}: removed 7 MB" in capsys.readouterr().out
    assert not folder.exists()


def test_export_of_weights_that_are_not_there(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere.safetensors"
    assert run("export", "--out", tmp_path / "graphs", "--weights", nowhere) == 2
    assert str(nowhere) in caplog.text
    assert not (tmp_path / "graphs").exists()


def test_flops_grow_with_the_image() -> None:
    small, large = (count_flops(TINY, size_px) for size_px in ((64, 64), (128, 128)))
    assert 4.0 <= large / small < 4.5  # attention grows with the square of the area
    assert count_flops(NetworkConfig(), (256, 256)) == pytest.approx(5.0e9, rel=0.1)
