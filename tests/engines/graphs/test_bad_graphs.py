"""Graphs that are missing, damaged or of something else give one clear line, and no crash."""

import hashlib
import importlib
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import onnxruntime as ort
import pytest

from engines.compiled.cache import list_compiled
from engines.compiled.plan_file import write_plan
from engines.errors import EngineError
from engines.graphs.folder import MANIFEST, GraphPart, Graphs, read_graphs
from engines.onnxruntime_runner import OnnxRunner
from engines.openvino.runner import OpenVinoRunner
from focstream.types import FocstreamError, InputError
from tests.engines.graphs.exported import SIZE_PX, export_tiny, random_slice

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def open_onnx(folder: Path) -> OnnxRunner:
    return OnnxRunner(read_graphs(folder))


def open_openvino(folder: Path) -> OpenVinoRunner:
    return OpenVinoRunner(read_graphs(folder))


OPENERS = [open_onnx, open_openvino]


@pytest.fixture
def folder(tmp_path: Path, tiny_graphs: Graphs) -> Path:
    return Path(shutil.copytree(tiny_graphs.folder, tmp_path / "graphs"))


def one_line(error: pytest.ExceptionInfo[FocstreamError], *words: str) -> None:
    text = str(error.value)
    assert "\n" not in text
    assert all(word in text for word in words), text


@pytest.mark.parametrize("opener", OPENERS)
@pytest.mark.parametrize("part", ["encode", "update", "decode", "step"])
def test_a_damaged_graph(opener: Callable[[Path], object], part: str, folder: Path) -> None:
    path = folder / f"{part}.onnx"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(InputError) as error:
        opener(folder)
    one_line(error, str(path), "damaged", "python -m engines export")


def test_a_missing_graph(folder: Path) -> None:
    (folder / "update.onnx").unlink()
    with pytest.raises(InputError) as error:
        read_graphs(folder)
    one_line(error, "update.onnx", "cannot be read")


@pytest.mark.parametrize("opener", OPENERS)
def test_a_graph_that_is_not_listed_is_not_used(opener: Callable[[Path], object], folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    del manifest["graph_sha256"]["update"]  # its file is there, but nothing vouches for it
    (folder / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(InputError) as error:
        opener(folder)
    one_line(error, "lists no graph update")


def test_no_graphs_at_all(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        read_graphs(tmp_path)
    one_line(error, MANIFEST, "python -m engines export")


@pytest.mark.parametrize(
    "change",
    [
        {"format": "focstream-graphs/999"},
        {"config": {"fine": -1}},
        {"graph_sha256": {"encode": "0"}},
        {"graph_sha256": {"other": "0"}},
        {"more": 1},
    ],
)
def test_a_list_of_graphs_that_cannot_be_used(folder: Path, change: dict[str, object]) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(manifest | change))
    with pytest.raises(InputError) as error:
        read_graphs(folder)
    one_line(error, str(folder))


def test_a_list_that_is_no_json(folder: Path) -> None:
    (folder / MANIFEST).write_bytes(b"\xff\x00 not json")
    with pytest.raises(InputError) as error:
        read_graphs(folder)
    one_line(error, MANIFEST, "is no list of graphs")


@pytest.mark.parametrize("opener", OPENERS)
def test_a_graph_that_no_engine_understands(
    opener: Callable[[Path], object], folder: Path, compiled_cache: Path
) -> None:
    junk = b"this is no ONNX"
    (folder / "update.onnx").write_bytes(junk)
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["graph_sha256"]["update"] = hashlib.sha256(junk).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(EngineError) as error:
        opener(folder)
    one_line(error, "update.onnx")


def test_graphs_of_one_size_refuse_others(tmp_path: Path, tiny_weights: Path, compiled_cache: Path) -> None:
    graphs = export_tiny(tmp_path / "fixed", tiny_weights, size_px=SIZE_PX)
    runner = OpenVinoRunner(graphs, threads=1)
    runner.update(runner.encode(*random_slice(0)), runner.initial_state((1, *SIZE_PX)))
    for other in (runner, OnnxRunner(graphs, threads=1)):
        with pytest.raises(InputError) as error:
            other.encode(*random_slice(0, (48, 32)))
        one_line(error, "48x32", "32x48", "without --size")


def test_a_size_that_is_not_whole_patches(tmp_path: Path, tiny_weights: Path) -> None:
    with pytest.raises(InputError) as error:
        export_tiny(tmp_path, tiny_weights, size_px=(40, 32))
    one_line(error, "32x40", "multiples of 16")


@pytest.mark.parametrize(
    ("module", "package", "hint"),
    [
        ("engines.onnxruntime_runner", "onnxruntime", "pip install focstream"),
        ("engines.openvino.runner", "openvino", 'pip install "focstream[openvino]"'),
    ],
)
def test_an_engine_that_is_not_installed(
    module: str, package: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(EngineError) as error:
        importlib.import_module(module)
    one_line(error, package, hint)


@pytest.mark.skipif("CUDAExecutionProvider" in ort.get_available_providers(), reason="CUDA may be there")
def test_cuda_that_is_not_there_is_no_silent_cpu(tiny_graphs: Graphs) -> None:
    with pytest.raises(EngineError) as error:
        OnnxRunner(tiny_graphs, device="cuda")
    one_line(error, "CUDAExecutionProvider")


def test_a_compiled_graph_that_is_damaged_is_made_again(tiny_graphs: Graphs, tmp_path: Path) -> None:
    before = OpenVinoRunner(tiny_graphs, threads=1, cache=tmp_path)
    expected = before.encode(*random_slice(0))["features_fine"].data.copy()
    blobs = [path for path in tmp_path.rglob("*.plan") if path.stat().st_size]
    assert blobs
    for blob in blobs:
        blob.write_bytes(b"junk" * 100)
    after = OpenVinoRunner(tiny_graphs, threads=1, cache=tmp_path)
    found = after.encode(*random_slice(0))["features_fine"].data
    assert (found == expected).all()


def test_a_compiled_graph_that_openvino_refuses_is_made_again(
    tiny_graphs: Graphs, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    OpenVinoRunner(tiny_graphs, threads=1, cache=tmp_path).encode(*random_slice(0))
    (path,) = tmp_path.rglob("encode.plan")
    (compiled,) = list_compiled(tmp_path)
    write_plan(path, b'{"inputs": [], "outputs": []}\nof other instructions', compiled.key, GraphPart.ENCODE)
    refused = path.read_bytes()
    OpenVinoRunner(tiny_graphs, threads=1, cache=tmp_path).encode(*random_slice(0))
    (line,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert line.startswith(f"{path}: OpenVINO cannot load it (")
    assert line.endswith("); it is built again")
    assert "\n" not in line
    assert path.read_bytes() != refused


def test_the_digest_tells_graphs_apart(tiny_graphs: Graphs, folder: Path) -> None:
    assert read_graphs(folder).digest == tiny_graphs.digest
    manifest = json.loads((folder / MANIFEST).read_text())
    path = folder / f"{GraphPart.STEP}.onnx"
    path.write_bytes(path.read_bytes() + b"\0")
    manifest["graph_sha256"]["step"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(manifest))
    assert read_graphs(folder).digest != tiny_graphs.digest
