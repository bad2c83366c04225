"""Graphs of the network through NVIDIA's own parser and builder: TensorRT for RTX needs no GPU for it."""

import logging
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from onnx import helper

from engines.__main__ import main
from engines.errors import EngineError
from engines.graphs.folder import GraphPart, Graphs, read_graphs, shipped_graphs
from engines.pictures import PictureFormat
from engines.precisions import GraphPrecision
from engines.tensorrt.border_graph import border_graph
from engines.tensorrt.borders import PARTS, Border, border_ports
from engines.tensorrt.build import build_plan, require_target
from engines.tensorrt.cuda_memory import Gpu
from engines.tensorrt.fused_graph import part_model
from engines.tensorrt.package import RTX, Messages, TensorRt, find_tensorrt, require_installed
from tests.engines.graphs.exported import SIZE_PX

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SHAPE = (1, *SIZE_PX)


@pytest.fixture(scope="module")
def rtx() -> TensorRt:
    pytest.importorskip(RTX, reason='needs tensorrt-rtx: pip install "focstream[rtx]"')
    return find_tensorrt((RTX,))


CAPABILITIES = ("sm_86", "sm_89", "sm_120")  # Ampere, Ada, Blackwell
SHIPPED = read_graphs(shipped_graphs("small"))
SHIPPED_SHAPE = (1, 256, 256)
A_SLICE = (GraphPart.ADVANCE, GraphPart.DECODE)


@pytest.mark.parametrize(
    ("part", "precision"), [*((part, "f16") for part in PARTS), *((part, "f32") for part in A_SLICE)]
)
@pytest.mark.parametrize("capability", CAPABILITIES)
def test_the_shipped_parts_are_built(
    rtx: TensorRt, capability: str, part: GraphPart, precision: GraphPrecision
) -> None:
    shapes = SHIPPED.input_shapes(part, SHIPPED_SHAPE)
    plan = build_plan(rtx, part_model(SHIPPED, part, precision), shapes=shapes, capability=capability)
    assert len(plan) > 1_000_000


@pytest.mark.parametrize("shape", [(480, 640), (1080, 1920, 3)])
@pytest.mark.parametrize("border", Border)
@pytest.mark.parametrize("capability", CAPABILITIES)
def test_the_borders_are_built(
    rtx: TensorRt, capability: str, border: Border, shape: tuple[int, ...]
) -> None:
    like = PictureFormat(shape=(1, *shape))
    ports = border_ports(border, like)
    model = border_graph(border, like, ports, sigma_per_scale=1.5)
    assert build_plan(rtx, model, shapes=ports.inputs, capability=capability)


def test_what_it_computes_is_mostly_float16(rtx: TensorRt) -> None:
    """As NVIDIA's parser counts it: layers that compute or move float16, without constants."""
    trt = rtx.module
    messages = Messages(trt)
    builder = rtx.made(trt.Builder)
    moved = []
    networks = [builder.create_network(0) for _ in A_SLICE]
    for part, network in zip(A_SLICE, networks, strict=True):
        parser = trt.OnnxParser(network, messages.logger)
        assert parser.parse(part_model(SHIPPED, part, "f16"))
        layers = [network.get_layer(index) for index in range(network.num_layers)]
        moved += [layer for layer in layers if layer.type != trt.LayerType.CONSTANT]
    found = [layer.get_output(0).dtype for layer in moved]
    half = found.count(trt.DataType.HALF)
    assert half >= 400
    assert half > 0.4 * (half + found.count(trt.DataType.FLOAT))
    products = (trt.LayerType.CONVOLUTION, trt.LayerType.MATRIX_MULTIPLY, trt.LayerType.NORMALIZATION)
    assert {each.get_output(0).dtype for each in moved if each.type in products} == {trt.DataType.HALF}


@pytest.mark.parametrize("part", [GraphPart.ENCODE, GraphPart.UPDATE, GraphPart.DECODE])
def test_the_parts_are_built_for_batches(rtx: TensorRt, tiny_graphs: Graphs, part: GraphPart) -> None:
    shapes = tiny_graphs.input_shapes(part, (3, *SIZE_PX))
    model = part_model(tiny_graphs, part, "f16")
    assert len(build_plan(rtx, model, shapes=shapes, capability="sm_89")) > 100_000


def test_an_operation_that_nobody_knows(rtx: TensorRt) -> None:
    value = helper.make_tensor_value_info("x", 1, [1])
    other = helper.make_tensor_value_info("y", 1, [1])
    graph = helper.make_graph([helper.make_node("NoSuchThing", ["x"], ["y"])], "graph", [value], [other])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    with pytest.raises(EngineError) as error:
        build_plan(rtx, model.SerializeToString(), shapes={"x": (1,)}, capability="sm_89")
    assert "tensorrt_rtx: does not understand the graph" in str(error.value)
    assert "NoSuchThing" in str(error.value)
    assert "\n" not in str(error.value)


def test_what_is_no_graph(rtx: TensorRt) -> None:
    with pytest.raises(EngineError, match=r"^tensorrt_rtx") as error:
        build_plan(rtx, b"this is no ONNX", shapes={}, capability="sm_89")
    assert "\n" not in str(error.value)


def test_shapes_that_are_none_of_the_graph(rtx: TensorRt, tiny_graphs: Graphs) -> None:
    shapes = tiny_graphs.input_shapes(GraphPart.DECODE, SHAPE)
    model = part_model(tiny_graphs, GraphPart.DECODE, "f32")
    with pytest.raises(EngineError) as error:
        build_plan(rtx, model, shapes=shapes | {"seen": (5, 5, 5)}, capability="sm_89")
    assert "tensorrt_rtx" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_gpu_that_rtx_does_not_know(rtx: TensorRt, tiny_graphs: Graphs) -> None:
    with pytest.raises(EngineError, match=r"sm_75, .*, not for sm_90; install tensorrt$"):
        require_target("sm_90")


def test_plans_of_rtx_are_for_a_kind_of_gpu(rtx: TensorRt) -> None:
    gpu = Gpu(name="Some GPU", capability="sm_89")
    assert rtx.device(gpu) == "sm_89"
    assert TensorRt(name="tensorrt", module=None).device(gpu) == "Some GPU sm_89"


def test_messages_become_one_line(rtx: TensorRt, caplog: pytest.LogCaptureFixture) -> None:
    messages = Messages(rtx.module)
    severity = rtx.module.ILogger.Severity
    logger: Any = messages.logger
    with caplog.at_level(logging.DEBUG):
        logger.log(severity.WARNING, "only a warning")
    logger.log(severity.ERROR, "first\n  line")
    logger.log(severity.INTERNAL_ERROR, "second")
    assert messages.take("nothing") == "first line; second"
    assert messages.take("nothing") == "nothing"
    assert "only a warning" in caplog.text


@pytest.fixture
def words(tiny_graphs: Graphs, compiled_cache: Path) -> list[str]:
    return ["build", "--graphs", str(tiny_graphs.folder), "--threads", "1", "--size", "48x32"]


def test_the_command_builds_for_a_target_once(
    rtx: TensorRt, words: list[str], compiled_cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    words += ["--engine", "tensorrt", "--target", "sm_89"]
    with caplog.at_level(logging.INFO):
        assert main(words) == 0
    plans = {path: path.stat().st_mtime_ns for path in compiled_cache.rglob("*.plan")}
    found = Counter(path.name for path in plans)
    assert found == {f"{part}.plan": 1 for part in PARTS} | {f"{each}.plan": 2 for each in Border}
    assert all(f"{path}: " in caplog.text for path in plans)
    assert all("tensorrt_rtx-f16-" in path.parent.name for path in plans if path.stem in PARTS)
    assert main(words) == 0
    assert {path: path.stat().st_mtime_ns for path in plans} == plans


def test_the_command_compiles_for_openvino(
    words: list[str], compiled_cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    words += ["--engine", "openvino", "--precision", "f32"]
    with caplog.at_level(logging.INFO):
        assert main(words) == 0
    assert "openvino f32: ready for 48x32, grey" in caplog.text
    assert "openvino f32: ready for 48x32, colour" in caplog.text
    assert "step.plan" in {path.name for path in compiled_cache.rglob("*.plan")}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--engine", "openvino", "--target", "sm_89"], "--target is for --engine tensorrt"),
        (["--engine", "tensorrt", "--precision", "bf16"], "tensorrt does not compute in bf16"),
        (["--engine", "onnxruntime", "--size", "40x40"], "multiples of 16"),
    ],
)
def test_the_command_says_what_does_not_go_together(
    words: list[str], more: list[str], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    words += more
    assert main(words) == 2
    assert said in caplog.text


def test_weights_need_a_folder_for_their_graphs(tiny_weights: Path, caplog: pytest.LogCaptureFixture) -> None:
    words = ["build", "--engine", "onnxruntime", "--size", "48x32", "--weights", str(tiny_weights)]
    assert main(words) == 2
    assert "--graphs FOLDER" in caplog.text


def test_tensorrt_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EngineError) as error:
        find_tensorrt(("tensorrt_of_nobody",))
    assert "tensorrt_of_nobody cannot be imported" in str(error.value)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(
        EngineError, match=r'neither tensorrt nor tensorrt_rtx is installed; pip install "foc'
    ):
        require_installed()


def test_a_tensorrt_that_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    class Old:
        __version__ = "8.6.1"

    monkeypatch.setitem(sys.modules, "tensorrt", Old())  # type: ignore[arg-type]
    with pytest.raises(EngineError, match=r"tensorrt 8\.6\.1 is too old; pip install"):
        find_tensorrt(("tensorrt",))
