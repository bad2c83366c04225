"""Rewritten graphs compute what they did, in the way and in the precision that was meant."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import openvino as ov
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from openvino import opset13

from engines.graphs.folder import read_graphs, shipped_graphs
from engines.openvino.model import fast_model
from engines.openvino.nodes import (
    FIRST,
    LAST,
    Output,
    before,
    by_pixel,
    fold_constants,
    kind,
    ordered,
    shape,
    source,
    sources,
    transposed,
)
from engines.openvino.precision import to_bfloat16
from engines.openvino.rewrites import REWRITES
from inference.network.upsampling import corner_cells
from tests.engines.openvino.shipped import step_wiring

RANDOM = np.random.default_rng(0)


def operations(model: ov.Model) -> Counter[str]:
    return Counter(kind(node) for node in model.get_ordered_ops())


def run(model: ov.Model, inputs: list[np.ndarray]) -> list[np.ndarray]:
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return [np.array(value) for value in compiled(inputs).values()]


def weights(*size: int) -> ov.Node:
    return opset13.constant(RANDOM.normal(size=size).astype(np.float32))


def parameter(*size: int) -> ov.Node:
    return opset13.parameter(list(size), ov.Type.f32)


def layer(data: Output | ov.Node, channels_in: int, channels_out: int, *, side: int = 1) -> ov.Node:
    margin = [side // 2] * 2
    convolution = opset13.convolution(
        data, weights(channels_out, channels_in, side, side), [1, 1], margin, margin, [1, 1]
    )
    return opset13.add(convolution, weights(1, channels_out, 1, 1))


def numbers(*values: int) -> ov.Node:
    return opset13.constant(np.array(values, np.int64))


def repeated(data: ov.Node, repeats: int) -> ov.Node:
    """What `Tensor.repeat_interleave` over channels is exported to."""
    batch, channels, height, width = shape(data.output(0))
    wide = opset13.broadcast(
        opset13.unsqueeze(data, numbers(2)), numbers(batch, channels, repeats, height, width), "BIDIRECTIONAL"
    )
    return opset13.reshape(wide, numbers(batch, channels * repeats, height, width), False)


def cut_layer() -> tuple[ov.Model, set[str]]:
    data = parameter(2, 8, 4, 6)
    parts = opset13.variadic_split(layer(data, 8, 13), opset13.constant(np.int64(1)), numbers(1, 12))
    return ov.Model([opset13.result(part) for part in parts.outputs()], [data]), {"VariadicSplit"}


def concatenated() -> tuple[ov.Model, set[str]]:
    one, two, three = parameter(2, 32, 4, 6), parameter(2, 3, 4, 6), parameter(2, 40, 4, 6)
    inner = opset13.concat([one, two], 1)
    together = opset13.concat([inner, opset13.relu(three)], 1)
    return ov.Model([opset13.result(layer(together, 75, 5, side=3))], [one, two, three]), {"Concat"}


def cells_and_back() -> tuple[ov.Model, set[str]]:
    data = parameter(2, 48, 3, 4)
    pixels = opset13.depth_to_space(data, "depth_first", 4)
    grid = opset13.reshape(pixels, numbers(2, 3, 3, 4, 4, 4), False)
    cells = opset13.reshape(opset13.transpose(grid, numbers(0, 1, 3, 5, 2, 4)), numbers(2, 48, 3, 4), False)
    return ov.Model([opset13.result(opset13.relu(cells))], [data]), {"Transpose", "DepthToSpace"}


def image_cells() -> tuple[ov.Model, set[str]]:
    image = parameter(2, 12, 16, 3)
    planes = opset13.transpose(image, numbers(0, 3, 1, 2))
    grid = opset13.reshape(planes, numbers(2, 3, 3, 4, 4, 4), False)
    cells = opset13.reshape(opset13.transpose(grid, numbers(0, 1, 3, 5, 2, 4)), numbers(2, 48, 3, 4), False)
    return ov.Model([opset13.result(opset13.relu(cells))], [image]), set()


def measured_cells() -> tuple[ov.Model, set[str]]:
    """What `stem.to_cells` is exported to: luminance, its means, steps between pixels; and a layer."""
    image = parameter(2, 12, 16, 3)
    grid = opset13.reshape(opset13.transpose(image, numbers(0, 3, 1, 2)), numbers(2, 3, 3, 4, 4, 4), False)
    cells = opset13.reshape(opset13.transpose(grid, numbers(0, 1, 3, 5, 2, 4)), numbers(2, 48, 3, 4), False)
    planes = opset13.split(cells, opset13.constant(np.int64(1)), 3).outputs()
    shares = [
        opset13.multiply(plane, numbers_f(share))
        for plane, share in zip(planes, (0.1, 0.6, 0.3), strict=True)
    ]
    luma = opset13.add(opset13.add(shares[0], shares[1]), shares[2])
    mean = opset13.reduce_mean(luma, numbers(1), True)
    flat = opset13.reduce_mean(opset13.multiply(luma, luma), numbers(1), False)
    view = opset13.reshape(luma, numbers(2, 4, 4, 3, 4), False)
    steps = []
    for axis in (1, 2):
        later, earlier = (
            opset13.slice(view, numbers(first), numbers(last), numbers(1), numbers(axis))
            for first, last in ((1, 9), (0, -1))
        )
        step = opset13.subtract(later, earlier)
        steps.append(opset13.reduce_mean(opset13.multiply(step, step), numbers(1, 2), False))
    outputs = [layer(opset13.subtract(cells, numbers_f(0.5)), 48, 5, side=3), opset13.subtract(luma, mean)]
    results = [opset13.result(output) for output in (*outputs, flat, *steps)]
    return ov.Model(results, [image]), {"ReduceMean", "Split", "Slice"}


def picture() -> tuple[ov.Model, set[str]]:
    """A picture in focus, as it is kept and shown, with a layer that reads its cells."""
    kept, weight = parameter(2, 3, 4, 48), parameter(2, 1, 3, 4)
    planar = ordered(transposed(kept.output(0), FIRST), np.argsort(by_pixel(3, 4)))
    cells = opset13.multiply(planar, weight)
    shown = opset13.transpose(opset13.depth_to_space(cells, "depth_first", 4), numbers(*LAST))
    again = transposed(ordered(cells.output(0), by_pixel(3, 4)), LAST)
    results = [opset13.result(output) for output in (shown, again, layer(cells, 48, 5))]
    return ov.Model(results, [kept, weight]), {"Gather", "DepthToSpace"}


def kept_last() -> tuple[ov.Model, set[str]]:
    """A sum of tokens that is kept with channels last."""
    kept, tokens, share = parameter(2, 3, 4, 8), parameter(2, 12, 8), parameter(2, 1, 3, 4)
    planar = opset13.reshape(opset13.transpose(tokens, numbers(0, 2, 1)), numbers(2, 8, 3, 4), False)
    total = opset13.add(transposed(kept.output(0), FIRST), opset13.multiply(planar, share))
    halved = opset13.multiply(total, numbers_f(0.5))
    results = [opset13.result(transposed(halved.output(0), LAST))]
    return ov.Model(results, [kept, tokens, share]), {"Transpose"}


def pixels() -> tuple[ov.Model, set[str]]:
    data = parameter(2, 8, 3, 4)
    shuffled = opset13.depth_to_space(layer(data, 8, 16), "depth_first", 4)
    return ov.Model([opset13.result(shuffled)], [data]), {"DepthToSpace"}


def box() -> tuple[ov.Model, set[str]]:
    data = parameter(2, 1, 9, 10)
    return ov.Model(
        [opset13.result(opset13.avg_pool(data, [1, 1], [0, 0], [0, 0], [5, 5], False))], [data]
    ), {"AvgPool"}


def running_sum() -> tuple[ov.Model, set[str]]:
    """Two kept parts, decayed and added to, read again in parts."""
    first, second, decay = parameter(2, 1, 4, 6), parameter(2, 5, 4, 6), parameter(2, 1, 4, 6)
    kept = opset13.multiply(opset13.concat([first, second], 1), repeated(opset13.exp(decay), 6))
    new = opset13.concat([opset13.relu(first), opset13.negative(second)], 1)
    mean = opset13.divide(
        opset13.add(kept, new), repeated(opset13.add(opset13.exp(decay), numbers_f(1.0)), 6)
    )
    parts = [
        opset13.slice(mean, numbers(a), numbers(b), numbers(1), numbers(1)) for a, b in ((0, 1), (1, 99))
    ]
    return ov.Model([opset13.result(part) for part in parts], [first, second, decay]), {"Concat", "Slice"}


def numbers_f(value: float) -> ov.Node:
    return opset13.constant(np.float32(value))


def difference() -> tuple[ov.Model, set[str]]:
    """A layer of the difference from what is kept."""
    data, kept = parameter(2, 8, 4, 6), parameter(2, 4, 6, 8)
    step = opset13.subtract(layer(data, 8, 8), transposed(kept.output(0), FIRST))
    return ov.Model([opset13.result(layer(step, 8, 5))], [data, kept]), set()


def to_tokens() -> tuple[ov.Model, set[str]]:
    data = parameter(2, 8, 4, 6)
    flat = opset13.reshape(layer(data, 8, 5), numbers(2, 5, 24), False)
    return ov.Model([opset13.result(opset13.transpose(flat, numbers(0, 2, 1)))], [data]), set()


def spread() -> tuple[ov.Model, set[str]]:
    data = parameter(2, 3, 4, 6)
    return ov.Model([opset13.result(repeated(data, 4))], [data]), {"Broadcast"}


def mixing() -> tuple[ov.Model, set[str]]:
    data, cells = parameter(2, 8, 4, 6), parameter(2, 1, 4, 6)
    padded = opset13.pad(cells, numbers(0, 0, 1, 1), numbers(0, 0, 1, 1), "edge")
    around = [
        opset13.slice(
            padded, numbers(row, column), numbers(row + 4, column + 6), numbers(1, 1), numbers(2, 3)
        )
        for row in range(3)
        for column in range(3)
    ]
    logits = opset13.reshape(layer(data, 8, 64), numbers(2, 4, 16, 4, 6), False)
    logits = opset13.add(logits, weights(4, 16, 1, 1))
    shares = opset13.exp(opset13.subtract(logits, opset13.reduce_max(logits, numbers(1), True)))
    places = opset13.constant(corner_cells().flatten().numpy())
    chosen = opset13.gather(opset13.concat(around, 1), places, opset13.constant(np.int64(1)))
    corners = opset13.reshape(chosen, numbers(2, 4, 16, 4, 6), False)
    pixels = opset13.divide(
        opset13.reduce_sum(opset13.multiply(shares, corners), numbers(1), False),
        opset13.reduce_sum(shares, numbers(1), False),
    )
    return ov.Model([opset13.result(pixels)], [data, cells]), {"ReduceMax", "ReduceSum", "Gather"}


def blocks_of(rows: int, columns: int) -> tuple[ov.Model, set[str]]:
    """What `encoder.blocks` is exported to, before a product and by itself."""
    tokens = parameter(2, rows * columns, 8)
    grid = opset13.reshape(opset13.transpose(tokens, numbers(0, 2, 1)), numbers(2, 8, rows, columns), False)
    padded = opset13.pad(grid, numbers(0, 0, 0, 0), numbers(0, 0, 3, 3), "edge")
    pooled = opset13.avg_pool(padded, [4, 4], [0, 0], [0, 0], [4, 4], False, "floor", "explicit")
    flat = opset13.reshape(pooled, numbers(2, 8, -1), False)
    product = opset13.matmul(flat, weights(8, 5), True, False)
    turned = opset13.transpose(flat, numbers(0, 2, 1))
    outputs = [opset13.result(product), opset13.result(turned)]
    return ov.Model(outputs, [tokens]), set() if rows % 4 or columns % 4 else {"Pad"}


def single_channel() -> tuple[ov.Model, set[str]]:
    data = parameter(2, 40, 5, 7)
    return ov.Model([opset13.result(layer(data, 40, 1, side=3))], [data]), set()


def whole_blocks() -> tuple[ov.Model, set[str]]:
    return blocks_of(4, 8)


def cut_blocks() -> tuple[ov.Model, set[str]]:
    return blocks_of(5, 6)


@pytest.mark.parametrize(
    "make",
    [
        cut_layer,
        concatenated,
        cells_and_back,
        image_cells,
        measured_cells,
        picture,
        kept_last,
        pixels,
        box,
        running_sum,
        difference,
        spread,
        to_tokens,
        mixing,
        single_channel,
        whole_blocks,
        cut_blocks,
    ],
)
def test_a_rewritten_graph_computes_the_same(make: Callable[[], tuple[ov.Model, set[str]]]) -> None:
    model, gone = make()
    inputs = [
        np.random.default_rng(place).normal(size=shape(port)).astype(np.float32)
        for place, port in enumerate(model.inputs)
    ]
    before_names = operations(model)
    assert gone <= before_names.keys()
    expected = run(model, inputs)
    fold_constants(model)
    for rewrite in REWRITES:
        if rewrite.name != "bfloat16":
            rewrite.apply(model)
    model.validate_nodes_and_infer_types()
    assert not gone & operations(model).keys()
    for found, wanted in zip(run(model, inputs), expected, strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-4, rtol=1e-5)


def test_the_shipped_step_has_nothing_left_that_is_slow() -> None:
    model = fast_model(step_wiring(), precision="bf16")
    found = operations(model)
    assert found["VariadicSplit"] == found["DepthToSpace"] == 0
    for node in model.get_ordered_ops():
        if kind(node) == "Transpose":
            assert len(shape(node.output(0))) < 6  # no pixel by itself
    pools = [node for node in model.get_ordered_ops() if kind(node) == "AvgPool"]
    config = read_graphs(shipped_graphs("small")).info.config
    assert len(pools) == config.layers + config.completion  # of attention alone
    assert {kind(before(pool)) for pool in pools} == {"Transpose"}
    kernels = [shape(source(node, 1)) for node in model.get_ordered_ops() if kind(node) == "Convolution"]
    assert [1, 9, 3, 3] in kernels  # the logit of focus
    assert not [one for one in kernels if one[0] == 1 and one[1] >= 32 and one[2] > 1]
    assert found["ReduceMax"] == 0  # of the mixing
    assert found["Softmax"] > 0  # of attention
    for node in model.get_ordered_ops():
        if kind(node) == "Softmax":
            assert len(shape(node.output(0))) == 4
        if kind(node) == "Convolution" and kind(before(node)) == "Concat":
            assert max(shape(part)[1] for part in sources(before(node))) < 32


def test_only_layers_and_what_lies_between_them_is_bfloat16() -> None:
    model = fast_model(step_wiring(), precision="bf16")
    assert all(port.get_element_type() == ov.Type.f32 for port in (*model.inputs, *model.outputs))
    lower = Counter[str]()
    for node in model.get_ordered_ops():
        if kind(node) not in ("Constant", "Convert") and node.output(0).get_element_type() == ov.Type.bf16:
            lower[kind(node)] += 1
    assert lower["Convolution"] > 40
    assert lower["MatMul"] > 20
    exact = {"Sin", "Cos", "Log", "Sqrt", "Power", "Select", "MaxPool", "Sigmoid", "Tanh"}
    assert not exact & lower.keys()


def test_a_layer_of_one_channel_stays_exact() -> None:
    """It decides which slice is the sharpest, and costs nothing."""
    data = parameter(1, 8, 4, 4)
    last = layer(opset13.relu(layer(data, 8, 8)), 8, 1)
    model = ov.Model([opset13.result(last)], [data])
    to_bfloat16(model)
    types = [
        node.output(0).get_element_type() for node in model.get_ordered_ops() if kind(node) == "Convolution"
    ]
    assert types == [ov.Type.bf16, ov.Type.f32]


@given(arrays(np.float32, (2, 3), elements=st.floats(-(2.0**100), 2.0**100, width=32)))
def test_constants_are_rounded_to_the_nearest(values: np.ndarray) -> None:
    """OpenVINO's own conversion takes the lower neighbour too often."""
    data = parameter(1, 2)
    model = ov.Model([opset13.result(opset13.matmul(data, opset13.constant(values), False, False))], [data])
    to_bfloat16(model)
    (product,) = (node for node in model.get_ordered_ops() if kind(node) == "MatMul")
    bits = np.asarray(before(product, 1).data).view(np.uint16)
    expected = torch.from_numpy(values).to(torch.bfloat16).view(torch.int16).numpy().view(np.uint16)
    np.testing.assert_array_equal(bits, expected)
