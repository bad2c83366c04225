"""The table of rewrites says what is true of the graph that users run."""

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import openvino as ov
import pytest

import engines.openvino
from engines.graphs.state_layout import COORDINATES, IMAGES, NEXT
from engines.openvino import layers
from engines.openvino.model import fast_model
from engines.openvino.nodes import fold_constants, identity, kind, nodes, shape, sources
from engines.openvino.rewrites import REWRITES, Rewrite
from tests.engines.openvino.shipped import SHAPE, initial_state, step_wiring

NAMES = [rewrite.name for rewrite in REWRITES]
ORDERED = [(rewrite, earlier) for rewrite in REWRITES for earlier in rewrite.after]


def operations(rewritten: ov.Model) -> Counter[tuple[str, ...]]:
    """How often each operation is there, with what it reads, and the types and shapes of what it computes."""
    return Counter(
        (
            kind(node),
            *(kind(output.get_node()) for output in sources(node)),
            *(f"{output.get_element_type()}{shape(output)}" for output in node.outputs()),
        )
        for node in nodes(rewritten)
    )


def rewritten_by(rewrites: Iterable[Rewrite]) -> ov.Model:
    return fast_model(step_wiring(), precision="bf16", rewrites=rewrites)


def test_every_rewrite_stands_behind_those_it_rests_on() -> None:
    assert len(set(NAMES)) == len(NAMES)
    for place, rewrite in enumerate(REWRITES):
        assert set(rewrite.after) <= set(NAMES[:place]), rewrite.name


def test_every_rewrite_finds_something_in_the_shipped_step() -> None:
    """One that does not is dead code."""
    step = step_wiring().model()
    fold_constants(step)
    for rewrite in REWRITES:
        before = {identity(node) for node in nodes(step)}
        rewrite.apply(step)
        assert before != {identity(node) for node in nodes(step)}, rewrite.name


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rewrite", "earlier"), ORDERED, ids=[f"{rewrite.name} after {earlier}" for rewrite, earlier in ORDERED]
)
def test_another_order_leaves_another_graph(rewrite: Rewrite, earlier: str) -> None:
    """Else the table need not ask for it."""
    others = [one for one in REWRITES if one is not rewrite]
    place = [one.name for one in others].index(earlier)
    swapped = rewritten_by([*others[:place], rewrite, *others[place:]])
    assert operations(swapped) != operations(rewritten_by(REWRITES))


@pytest.fixture(scope="module")
def computed() -> list[np.ndarray]:
    """What the step computes with all rewrites."""
    return outputs_after_three_slices(REWRITES)


@pytest.mark.slow
@pytest.mark.parametrize("left_out", REWRITES, ids=NAMES)
def test_the_step_without_a_rewrite_computes_the_same(left_out: Rewrite, computed: list[np.ndarray]) -> None:
    found = outputs_after_three_slices([one for one in REWRITES if one is not left_out])
    for without, with_all in zip(found, computed, strict=True):
        np.testing.assert_allclose(without, with_all, atol=1e-4, rtol=1e-4)


def outputs_after_three_slices(rewrites: Iterable[Rewrite]) -> list[np.ndarray]:
    wiring = step_wiring()
    step = fast_model(wiring, precision="f32", rewrites=rewrites)
    compiled = ov.Core().compile_model(step, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    random = np.random.default_rng(1)
    values = initial_state()
    for coordinate in (0.0, 0.5, 1.0):
        values[IMAGES] = random.random((*SHAPE, 3), np.float32)
        values[COORDINATES] = np.array([coordinate], np.float32)
        computed = compiled([values[name] for name in wiring.parameters]).values()
        outputs = dict(zip(wiring.outputs, (np.array(value) for value in computed), strict=True))
        values = {name.removesuffix(NEXT): value for name, value in outputs.items() if name.endswith(NEXT)}
    return list(outputs.values())


def test_the_table_of_the_package_is_that_of_the_rewrites() -> None:
    text = engines.openvino.__doc__
    assert text is not None
    rows = [line for line in text.splitlines() if line.startswith("| ")][1:]
    assert len(rows) == len(REWRITES)
    for row, rewrite in zip(rows, REWRITES, strict=True):
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert cells[:4] == [rewrite.name, rewrite.finds, rewrite.leaves, ", ".join(rewrite.after)]


def test_the_number_of_channels_worth_a_layer_is_no_close_call(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for channels in (17, 32, 48):
        monkeypatch.setattr(layers, "_OWN_LAYER", channels)
        found.append(operations(rewritten_by(REWRITES)))
    assert all(one == other for one, other in pairwise(found))
