"""Which layers compute in int8, how they round, and what the depth is then."""

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from openvino import opset13

from engines.base import NetworkMaps
from engines.errors import EngineError
from engines.graphs.folder import GraphPart, Graphs, read_graphs, shipped_graphs
from engines.graphs.state_layout import MAPS
from engines.int8.table import LayerRange, Ranges, RangeTable, read_ranges
from engines.openvino.int8 import int8_layers, to_int8
from engines.openvino.model import fast_model
from engines.openvino.nodes import before, kind, nodes, shape, source
from engines.openvino.pictures import with_pictures
from engines.openvino.runner import OpenVinoRunner
from engines.openvino.wiring import PARTS, read_onnx, stored_wiring
from engines.pictures import PictureFormat
from engines.processor import int8_weight_bits, openvino_has_int8
from engines.trials.compare import maps_after
from engines.trials.comparison import (
    INT8_ERROR_TOLERANCE,
    LOWER_TOLERANCE,
    Comparison,
    difference,
    failures,
    mean_error,
)
from engines.trials.stacks import TrialStack, simulated_stack
from tests.engines.openvino.shipped import step_wiring

pytestmark = [
    pytest.mark.by_processor,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not openvino_has_int8(), reason="needs a processor with int8 in OpenVINO"),
]

SIZE_PX = (32, 48)


@pytest.fixture(scope="module")
def graphs() -> Graphs:
    return read_graphs(shipped_graphs("small"))


@pytest.fixture(scope="module")
def table(graphs: Graphs) -> RangeTable:
    return read_ranges(graphs)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def plain(graphs: Graphs, cache: Path) -> OpenVinoRunner:
    return OpenVinoRunner(graphs, threads=1, cache=cache)


@pytest.fixture(scope="module")
def low(graphs: Graphs, cache: Path) -> OpenVinoRunner:
    return OpenVinoRunner(graphs, precision="int8", threads=1, cache=cache)


@pytest.fixture(scope="module")
def stack() -> TrialStack:
    return simulated_stack(50, height_px=SIZE_PX[0], width_px=SIZE_PX[1])


def one_slice(stack: TrialStack, number: int) -> tuple[np.ndarray, np.ndarray]:
    here = slice(number % len(stack.images), number % len(stack.images) + 1)
    return stack.images[here], stack.coordinates[here]


def small_layer(weights: np.ndarray, *, size_px: int = 4) -> ov.Model:
    """A layer alone, with a margin."""
    side = weights.shape[-1]
    data = opset13.parameter([1, weights.shape[1], size_px, size_px], ov.Type.f32)
    layer = opset13.convolution(data, opset13.constant(weights), [1, 1], *[[side // 2] * 2] * 2, [1, 1])
    return ov.Model([opset13.result(layer)], [data])


def computed(model: ov.Model, data: np.ndarray) -> np.ndarray:
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return np.array(compiled([data])[0])


def in_int8(weights: np.ndarray, data: np.ndarray, ends: tuple[float, float], *, bits: int) -> np.ndarray:
    model = small_layer(weights, size_px=data.shape[-1])
    (digest,) = int8_layers(model)
    to_int8(model, {digest: LayerRange(low=ends[0], high=ends[1])}, weight_bits=bits, folder=Path("here"))
    return computed(model, data)


@pytest.mark.parametrize(("bits", "kinds"), [(7, {"Convolution"}), (8, {"Convolution", "MatMul"})])
def test_layers_of_many_channels_round_and_nothing_else_does(
    table: RangeTable, bits: int, kinds: set[str]
) -> None:
    model = fast_model(step_wiring(), precision="f32")
    before_count = sum(kind(node) in kinds for node in nodes(model))
    rounding = [node for same in int8_layers(model).values() for node in same if kind(node) in kinds]
    to_int8(model, table.layers, weight_bits=bits, folder=Path("here"))
    assert all(port.get_element_type() == ov.Type.f32 for port in (*model.inputs, *model.outputs))
    layers = [node for node in nodes(model) if kind(node) in kinds]
    low = [node for node in layers if kind(before(node)) == "FakeQuantize"]
    assert before_count == len(layers) > len(low) > 25 * len(kinds)
    assert len(rounding) - sum(one is None for one in table.layers.values()) == len(low)
    assert all(kind(before(node, 1)) == "FakeQuantize" for node in low)
    assert min(min(shape(source(node, 1))[:2]) for node in low) > 16
    readers = {
        kind(port.get_node())
        for node in nodes(model)
        if kind(node) == "FakeQuantize"
        for port in node.output(0).get_target_inputs()
    }
    assert readers == kinds


def test_what_decides_the_depth_stays_float() -> None:
    """The gates of the LSTM, the mixing of cells, the coordinate, and the coarse one that is merged."""
    model = fast_model(step_wiring(), precision="f32")
    products = [node for same in int8_layers(model).values() for node in same if kind(node) == "MatMul"]
    assert {len(shape(source(node))) for node in products} == {3}  # tokens
    sizes = {tuple(shape(source(node, 1))) for same in int8_layers(model).values() for node in same}
    config = read_graphs(shipped_graphs("small")).info.config
    assert (config.fine, config.fine, 3, 3) in sizes
    assert (4 * config.tokens, config.tokens, 1, 1) not in sizes
    assert (64, config.fine, 1, 1) not in sizes
    concatenated = [
        node for node in nodes(model) if kind(node) == "Convolution" and kind(before(node)) == "Concat"
    ]
    assert len(concatenated) > 3
    assert not {tuple(shape(source(node, 1))) for node in concatenated} & sizes


@pytest.mark.parametrize("part", list(GraphPart))
def test_the_table_has_the_layers_of_every_part_and_format(
    part: GraphPart, graphs: Graphs, table: RangeTable
) -> None:
    """Rewrites find other things in other graphs: the weights of layers must come out the same."""
    models = {one: read_onnx(ov.Core(), graphs.read(one)) for one in PARTS}
    for pictures in (None, PictureFormat(shape=(1, 30, 45)), PictureFormat(shape=(2, 30, 45, 3))):
        wanted = (1, 32, 48) if pictures is None else pictures.padded_shape
        wiring = stored_wiring(models, graphs, part, wanted)
        if pictures is not None:
            wiring = with_pictures(wiring, pictures)
        found = int8_layers(fast_model(wiring, precision="f32"))
        assert found
        assert found.keys() <= table.layers.keys()
        if part is GraphPart.STEP:
            assert found.keys() == table.layers.keys()


@pytest.mark.parametrize("bits", [7, 8])
def test_weights_have_a_scale_for_each_channel(bits: int) -> None:
    random = np.random.default_rng(0)
    weights = random.normal(size=(20, 24, 1, 1)) * 10.0 ** random.uniform(-3, 3, (20, 1, 1, 1))
    weights = weights.astype(np.float32)
    model = small_layer(weights)
    to_int8(
        model,
        {digest: LayerRange(low=-1.0, high=1.0) for digest in int8_layers(model)},
        weight_bits=bits,
        folder=Path("here"),
    )
    found = weights_of(model, "Convolution")
    unit = np.abs(weights).max(axis=(1, 2, 3), keepdims=True) / {7: 63, 8: 127}[bits]
    assert np.abs(found - weights).max(axis=(1, 2, 3)).max() > 0.0
    assert (np.abs(found - weights) <= 0.501 * unit).all()
    np.testing.assert_allclose(found / unit, np.round(found / unit), atol=1e-3)


@pytest.mark.parametrize("turned", [False, True])
def test_weights_of_a_product_have_a_scale_for_each_channel_that_comes_out(turned: bool) -> None:
    random = np.random.default_rng(0)
    weights = random.normal(size=(24, 20)) * 10.0 ** random.uniform(-3, 3, (1, 20))
    given = np.ascontiguousarray(weights.T if turned else weights, np.float32)
    tokens = opset13.parameter([1, 30, 24], ov.Type.f32)
    product = opset13.matmul(tokens, opset13.constant(given), False, turned)
    model = ov.Model([opset13.result(product)], [tokens])
    (digest,) = int8_layers(model)
    to_int8(model, {digest: LayerRange(low=-1.0, high=1.0)}, weight_bits=8, folder=Path("here"))
    found = weights_of(model, "MatMul")
    unit = np.abs(weights).max(axis=0) / 127
    apart = np.abs((found.T if turned else found) - weights)
    assert apart.max(axis=0).min() > 0.0
    assert (apart <= 0.501 * unit).all()


def weights_of(model: ov.Model, layer_kind: str) -> np.ndarray:
    """Return the weights of the only layer, as they are rounded."""
    (layer,) = (node for node in nodes(model) if kind(node) == layer_kind)
    alone = ov.Model([opset13.result(source(layer, 1))], [opset13.parameter([1], ov.Type.f32)])
    return computed(alone, np.zeros(1, np.float32))


def test_margins_add_nothing() -> None:
    """They are zeros, which must be a level of any range."""
    weights = np.random.default_rng(0).normal(size=(20, 24, 3, 3)).astype(np.float32)
    found = in_int8(weights, np.zeros((1, 24, 4, 4), np.float32), (-0.337, 2.71), bits=7)
    np.testing.assert_array_equal(found, np.zeros_like(found))


def test_sums_of_large_products_do_not_overflow() -> None:
    """AVX2 adds up pairs in sixteen bits, where two products of eight bits each have no room."""
    weights = np.full((32, 64, 3, 3), 0.9, np.float32)
    weights[::2] *= -1.0
    data = np.full((1, 64, 8, 8), 2.0, np.float32)
    expected = computed(small_layer(weights, size_px=8), data)
    found = in_int8(weights, data, (0.0, 2.0), bits=int8_weight_bits())
    np.testing.assert_allclose(found, expected, rtol=0.01)


def test_a_layer_that_the_table_lacks_is_told() -> None:
    with pytest.raises(
        EngineError, match=r"^here/ranges\.json: lacks a layer .* engines quantise --graphs here"
    ):
        to_int8(fast_model(step_wiring(), precision="f32"), {}, weight_bits=8, folder=Path("here"))


def test_its_layers_compute_in_int8_and_its_graphs_are_kept(
    graphs: Graphs, stack: TrialStack, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    profiled = OpenVinoRunner(graphs, precision="int8", threads=1, cache=tmp_path, profiled=True)
    profiled.step(*one_slice(stack, 0), profiled.initial_state((1, *SIZE_PX)))
    (times,) = profiled.layer_times().values()
    assert sum(time.kind.endswith("I8") for time in times) > 25
    caplog.set_level(logging.INFO)
    first, again = (
        OpenVinoRunner(graphs, precision="int8", threads=1, cache=tmp_path).encode(*one_slice(stack, 0))
        for _ in range(2)
    )
    assert caplog.text.count("building encode") == 1
    np.testing.assert_array_equal(first["features_fine"].data, again["features_fine"].data)
    OpenVinoRunner(graphs, threads=1, cache=tmp_path).encode(*one_slice(stack, 0))
    assert caplog.text.count("building encode") == 2  # what int8 compiled is not what float32 takes


def test_another_table_is_another_graph(
    graphs: Graphs, table: RangeTable, stack: TrialStack, tmp_path: Path
) -> None:
    wider = scaled(table, 3.0)
    found = [
        OpenVinoRunner(graphs, precision="int8", ranges=one, threads=1, cache=tmp_path)
        .encode(*one_slice(stack, 3))["features_fine"]
        .data.copy()
        for one in (table.layers, wider, table.layers)
    ]
    assert not np.array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


def test_weights_of_other_bits_are_another_graph(graphs: Graphs, stack: TrialStack, tmp_path: Path) -> None:
    found = [
        OpenVinoRunner(graphs, precision="int8", weight_bits=bits, threads=1, cache=tmp_path)
        .encode(*one_slice(stack, 3))["features_fine"]
        .data.copy()
        for bits in (7, 8, 7)
    ]
    assert not np.array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


def test_slices_encoded_together_or_alone_give_the_same_depth(low: OpenVinoRunner, stack: TrialStack) -> None:
    """Within what a level makes: a graph of several slices sums in another order."""
    count = len(stack.images)
    each = low.each(low.encode(stack.images, stack.coordinates))
    together, alone, steps = (low.initial_state((1, *SIZE_PX)) for _ in range(3))
    maps: NetworkMaps | None = None
    for number in range(count):
        together = low.update(each[number], together)
        alone = low.update(low.encode(*one_slice(stack, number)), alone)
        steps, maps = low.step(*one_slice(stack, number), steps)
    assert maps is not None
    batched, one_by_one = low.decode(together), low.decode(alone)
    assert np.abs(batched.coordinate - one_by_one.coordinate).mean() < 1e-3
    assert np.abs(maps.coordinate - one_by_one.coordinate).mean() < 1e-3


def test_a_slice_without_maps_leaves_the_bits_of_one_with_maps(
    low: OpenVinoRunner, stack: TrialStack
) -> None:
    """Else depth would depend on how busy a computer was."""
    one, other = (low.initial_state((1, *SIZE_PX)) for _ in range(2))
    for number, shown in enumerate((False, True, False, False, True)):
        one, _ = low.step(*one_slice(stack, number), one)
        if shown:
            other, _ = low.step(*one_slice(stack, number), other)
        else:
            other = low.advance(*one_slice(stack, number), other)
        found, also = low.decode(one), low.decode(other)
        assert all(np.array_equal(getattr(found, name), getattr(also, name)) for name in MAPS)


@pytest.mark.slow
def test_a_thousand_slices_do_not_drift_apart(
    low: OpenVinoRunner, plain: OpenVinoRunner, stack: TrialStack
) -> None:
    state, expected = low.initial_state((1, *SIZE_PX)), plain.initial_state((1, *SIZE_PX))
    apart = []
    for number in range(1000):
        state = low.advance(*one_slice(stack, number), state)
        expected = plain.advance(*one_slice(stack, number), expected)
        if number % 100 == 9:
            apart.append(np.abs(low.decode(state).coordinate - plain.decode(expected).coordinate).mean())
    assert max(apart) < LOWER_TOLERANCE
    assert apart[-1] <= 2.0 * max(apart[:2])


def test_it_counts_beyond_what_eight_bits_hold(low: OpenVinoRunner, stack: TrialStack) -> None:
    features, state = low.encode(*one_slice(stack, 0)), low.initial_state((1, *SIZE_PX))
    for _ in range(300):
        state = low.update(features, state)
    assert state.now["seen"].data[0] == 300.0


def judged(
    runner: OpenVinoRunner, plain: OpenVinoRunner, make: Callable[[int], TrialStack]
) -> tuple[list[str], float]:
    """What `compare` says of a runner, and its excess of the error against truth."""
    steps = (1, 10)
    found, errors = [], []
    for seed in (60, 61, 62):
        stack = make(seed)
        expected, maps = (maps_after(one, stack, steps) for one in (plain, runner))
        errors.append([mean_error(one[10], stack.truth) for one in (maps, expected)])
        for step in steps:
            found += difference(maps[step], expected[step], step=step)
    error, reference_error = (float(value) for value in np.mean(errors, axis=0))
    comparison = Comparison(
        engine=runner.engine, differences=tuple(found), error=error, reference_error=reference_error
    )
    return list(failures(comparison)), comparison.error_change


def judging_stack(seed: int) -> TrialStack:
    return simulated_stack(seed, height_px=96, width_px=96)


def test_it_is_as_good_as_float32(low: OpenVinoRunner, plain: OpenVinoRunner) -> None:
    wrong, change = judged(low, plain, judging_stack)
    assert wrong == []
    assert abs(change) <= INT8_ERROR_TOLERANCE


def scaled(table: RangeTable, factor: float) -> Ranges:
    return {
        digest: one and LayerRange(low=factor * one.low, high=factor * one.high)
        for digest, one in table.layers.items()
    }


@pytest.mark.parametrize("factor", [0.2, 30.0])
def test_wrong_ranges_are_seen(
    factor: float, graphs: Graphs, table: RangeTable, plain: OpenVinoRunner, cache: Path
) -> None:
    """Cut off, or too coarse."""
    wrong = OpenVinoRunner(graphs, precision="int8", ranges=scaled(table, factor), threads=1, cache=cache)
    assert judged(wrong, plain, judging_stack)[0]
