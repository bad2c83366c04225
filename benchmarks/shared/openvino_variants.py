"""The step on OpenVINO with all rewrites, or with one left out, to be timed by `openvino_rewrites`."""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import openvino as ov

from engines.base import FloatArray
from engines.graphs.folder import GraphPart, Graphs
from engines.graphs.state_layout import COORDINATES, IMAGES, NEXT, state_tensors
from engines.openvino.compiled_part import CompiledPart, compiled
from engines.openvino.model import fast_model
from engines.openvino.nodes import identity, nodes, shape
from engines.openvino.rewrites import REWRITES, OpenVinoPrecision, Rewrite
from engines.openvino.wiring import PARTS, read_onnx, stored, stored_wiring
from engines.trials.stacks import TrialStack

Tensors = dict[str, ov.Tensor]


class Stream:
    """A compiled step at work on a sweep without end.

    Parameters
    ----------
    part
        The step.
    state, following
        Tensors of the state before the first slice, and of what follows a slice, by their names in the state.
    maps
        Tensors that maps are written to.
    stack
        Slices to take, again and again.
    """

    def __init__(
        self, part: CompiledPart, *, state: Tensors, following: Tensors, maps: Tensors, stack: TrialStack
    ) -> None:
        self._part = part
        self._state, self._following, self._maps = state, following, maps
        slices = zip(stack.images[:, None], stack.coordinates[:, None], strict=True)
        self._slices = [
            {IMAGES: ov.Tensor(np.ascontiguousarray(image)), COORDINATES: ov.Tensor(coordinate.copy())}
            for image, coordinate in slices
        ]
        self._count = 0

    def step(self) -> float:
        """Take one slice to its maps, and return the milliseconds that this took."""
        inputs = {**self._slices[self._count % len(self._slices)], **self._state}
        outputs = {**self._maps, **{name + NEXT: tensor for name, tensor in self._following.items()}}
        self._count += 1
        started_s = time.perf_counter()
        self._part.run(inputs, outputs)
        took_ms = 1e3 * (time.perf_counter() - started_s)
        self._state, self._following = self._following, self._state
        return took_ms

    def coordinate(self) -> FloatArray:
        """Return the map of the last step."""
        return np.array(self._maps["coordinate"].data)


@dataclass(slots=True, kw_only=True)
class Variant:
    """One way to compile the step.

    Attributes
    ----------
    left_out
        None = all rewrites are applied.
    found
        Names of the rewrites that changed something.
    stream
        The compiled step, at work.
    rounds_ms
        Time of every step that was measured, by round.
    coordinate
        Map after some slices.
    """

    left_out: Rewrite | None
    found: frozenset[str]
    stream: Stream
    rounds_ms: list[list[float]] = field(default_factory=list)
    coordinate: FloatArray = field(default_factory=lambda: np.zeros(0, np.float32))

    @property
    def name(self) -> str:
        """What it is called in the table."""
        return "all" if self.left_out is None else f"without {self.left_out.name}"


def variants(
    graphs: Graphs, stack: TrialStack, precision: OpenVinoPrecision, *, threads: int
) -> Iterator[Variant]:
    """Compile the step with all rewrites, then without each, then with all once more."""
    core = ov.Core()
    models = {part: read_onnx(core, graphs.read(part)) for part in PARTS}
    settings: dict[str, str | int | bool] = {"PERFORMANCE_HINT": "LATENCY"}
    if threads:
        settings["INFERENCE_NUM_THREADS"] = threads
    size = (1, *stack.images.shape[1:3])
    applied = [rewrite for rewrite in REWRITES if precision in rewrite.precisions]
    for left_out in (None, *applied, None):
        wiring = stored_wiring(models, graphs, GraphPart.STEP, size)
        found: set[str] = set()
        model = fast_model(wiring, precision=precision, rewrites=_noting(applied, left_out, found))
        part = compiled(core, model, wiring, settings=settings)
        written = {name: ov.Tensor(ov.Type.f32, shape(output)) for name, output in wiring.outputs.items()}
        stream = Stream(
            part,
            state={
                piece: ov.Tensor(values)
                for spec in state_tensors(graphs.info.config)
                for piece, values in stored(spec.name, spec.initial(*size)).items()
            },
            following=_following(written),
            maps={name: tensor for name, tensor in written.items() if not name.endswith(NEXT)},
            stack=stack,
        )
        yield Variant(left_out=left_out, found=frozenset(found), stream=stream)


def _noting(rewrites: Iterable[Rewrite], left_out: Rewrite | None, found: set[str]) -> Iterator[Rewrite]:
    """Yield all but one, made to note who changes something."""
    for rewrite in rewrites:
        if rewrite is not left_out:
            yield replace(rewrite, apply=partial(_apply_and_note, rewrite, found))


def _apply_and_note(rewrite: Rewrite, found: set[str], model: ov.Model) -> None:
    before = {identity(node) for node in nodes(model)}
    rewrite.apply(model)
    if before != {identity(node) for node in nodes(model)}:
        found.add(rewrite.name)


def _following(written: Mapping[str, ov.Tensor]) -> Tensors:
    """Return the tensors of the state that follows, by the names that its pieces have as inputs."""
    return {name.removesuffix(NEXT): tensor for name, tensor in written.items() if name.endswith(NEXT)}
