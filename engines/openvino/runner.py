"""The network on OpenVINO, for CPUs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engines.base import FloatArray, LayerTime, NetworkMaps
from engines.compiled.cache import CompiledKey, cache_folder
from engines.compiled.own_code import made_by
from engines.compiled.plan_file import load_or_build
from engines.errors import EngineError
from engines.graphs.folder import GraphPart, Graphs
from engines.graphs.state_layout import (
    COORDINATES,
    IMAGES,
    MAPS,
    NEXT,
    TensorSpec,
    feature_tensors,
    map_shapes,
    state_tensors,
)
from engines.int8.table import Ranges, asked_for_ranges, ranges_key
from engines.pictures import PictureFormat, Pictures, as_shares, to_sigma
from engines.precisions import CpuPrecision
from engines.processor import (
    int8_weight_bits,
    openvino_has_bf16,
    openvino_has_int8,
    openvino_processor,
    require_bf16,
    require_int8,
)
from focstream.program.extras import install_hint
from inference.depth_model import DepthMaps

try:
    import openvino as ov

    from engines.openvino.compiled_part import CompiledPart, compiled, imported, last_line
    from engines.openvino.int8 import to_int8
    from engines.openvino.model import fast_model
    from engines.openvino.pictures import with_pictures
    from engines.openvino.wiring import PARTS, read_onnx, stored, stored_shapes, stored_wiring
except ImportError as error:
    raise EngineError(f"openvino cannot be imported ({error}); {install_hint('openvino')}") from None

Shape = tuple[int, int, int]
Tensors = Mapping[str, ov.Tensor]
"""By the names of the graphs, such as features of slices with their coordinates."""
_Wanted = tuple[GraphPart, Shape, PictureFormat | None]
"""A part of the network, for which images: as they are exported, or as cameras give them."""


@dataclass(slots=True, kw_only=True)
class OpenVinoState:
    """Two sets of tensors for (batch, height, width): a step reads one and writes the other."""

    shape: Shape
    now: Tensors
    spare: Tensors

    def following(self) -> Tensors:
        """Tensors for the state after a slice, by the names of a graph's outputs."""
        return {name + NEXT: tensor for name, tensor in self.spare.items()}

    def swap(self) -> None:
        """Go on from what was written."""
        self.now, self.spare = self.spare, self.now


class OpenVinoRunner:
    """Computes the network with OpenVINO on the CPU.

    Graphs are compiled for every size of images when it first comes, and kept in a cache on disk.

    Parameters
    ----------
    graphs
        The exported ones.
    precision
        What convolutions and products compute in; states and maps are float32 always. In int8, most
        layers do, and all else is float32.
    ranges
        For int8, of the weights of the graphs; None = those of the table that lies beside them.
    weight_bits
        For int8, 7 or 8; None = what suits this processor.
    threads
        How many compute; 0 = OpenVINO's choice.
    cache
        Folder for compiled graphs; None = the user's.
    keep
        Read compiled graphs from the cache, and keep them there; False = they are used once.
    profiled
        Measure every layer, which costs time.

    Raises
    ------
    EngineError
        For bf16 or int8 on a processor without it, int8 without a table of these weights, or graphs that
        OpenVINO does not understand.
    """

    def __init__(
        self,
        graphs: Graphs,
        *,
        precision: CpuPrecision = "f32",
        ranges: Ranges | None = None,
        weight_bits: int | None = None,
        threads: int = 0,
        cache: Path | None = None,
        keep: bool = True,
        profiled: bool = False,
    ) -> None:
        self._core = ov.Core()
        if precision == "bf16":
            require_bf16(openvino_has_bf16(self._core))
        self._ranges: Ranges | None = None
        self._weight_bits = weight_bits or int8_weight_bits()
        if precision == "int8":
            require_int8(openvino_has_int8(self._core))
            bits = self._weight_bits
            self._ranges = asked_for_ranges(graphs, weight_bits=bits) if ranges is None else ranges
        self._graphs = graphs
        self._precision = precision
        self._settings: dict[str, str | int | bool] = {
            "PERFORMANCE_HINT": "LATENCY",
            "PERF_COUNT": profiled,
        }
        if threads:
            self._settings["INFERENCE_NUM_THREADS"] = threads
        self._cache = cache or cache_folder()
        self._keep = keep and not profiled  # what measures itself is not what others run
        self._models = {part: self._open(part) for part in PARTS}
        self._parts: dict[_Wanted, CompiledPart] = {}

    @property
    def engine(self) -> str:
        """Name and precision."""
        return f"openvino {self._precision}"

    def encode(self, images: FloatArray, coordinates: FloatArray) -> Tensors:
        """See `Runner.encode`."""
        return self._encode(images, coordinates, _shape_of(images), None)

    def encode_pictures(self, pictures: Pictures, coordinates: FloatArray) -> Tensors:
        """See `PictureRunner.encode_pictures`."""
        like = PictureFormat(shape=pictures.shape)
        return self._encode(as_shares(pictures), coordinates, like.padded_shape, like)

    def each(self, features: Tensors) -> list[Tensors]:
        """See `EachEncoder.each`."""
        count = features[COORDINATES].shape[0]
        return [{name: _one_of_batch(each, i) for name, each in features.items()} for i in range(count)]

    def initial_state(self, shape: Shape) -> OpenVinoState:
        """See `Runner.initial_state`."""
        specs = state_tensors(self._graphs.info.config)
        return OpenVinoState(
            shape=shape,
            now={
                piece: ov.Tensor(values)
                for spec in specs
                for piece, values in stored(spec.name, spec.initial(*shape)).items()
            },
            spare=_empty(specs, shape),
        )

    def update(self, features: Tensors, state: OpenVinoState) -> OpenVinoState:
        """See `Runner.update`; returns the same object, with its two sets of tensors swapped."""
        self._part(GraphPart.UPDATE, state.shape).run({**features, **state.now}, state.following())
        state.swap()
        return state

    def decode(self, state: OpenVinoState) -> NetworkMaps:
        """See `Runner.decode`."""
        return NetworkMaps(**self._decode(state, None))

    def decode_pictures(self, state: OpenVinoState, shape: tuple[int, ...]) -> DepthMaps:
        """See `PictureRunner.decode_pictures`."""
        like = PictureFormat(shape=(state.shape[0], *shape))
        return self._published(self._decode(state, like))

    def step(
        self, images: FloatArray, coordinates: FloatArray, state: OpenVinoState
    ) -> tuple[OpenVinoState, NetworkMaps]:
        """See `Runner.step`: one graph from the image to its maps."""
        return state, NetworkMaps(**self._step(images, coordinates, state, None))

    def step_pictures(
        self, pictures: Pictures, coordinates: FloatArray, state: OpenVinoState
    ) -> tuple[OpenVinoState, DepthMaps]:
        """See `PictureRunner.step_pictures`."""
        maps = self._step(as_shares(pictures), coordinates, state, PictureFormat(shape=pictures.shape))
        return state, self._published(maps)

    def advance(self, images: FloatArray, coordinates: FloatArray, state: OpenVinoState) -> OpenVinoState:
        """See `Runner.advance`: the graph of the step less all that only the maps need."""
        return self._advance(images, coordinates, state, None)

    def advance_pictures(
        self, pictures: Pictures, coordinates: FloatArray, state: OpenVinoState
    ) -> OpenVinoState:
        """See `PictureRunner.advance_pictures`."""
        like = PictureFormat(shape=pictures.shape)
        return self._advance(as_shares(pictures), coordinates, state, like)

    def _encode(
        self, images: FloatArray, coordinates: FloatArray, shape: Shape, pictures: PictureFormat | None
    ) -> Tensors:
        slices = _slices(images, coordinates)
        features = _empty(feature_tensors(self._graphs.info.config), shape)
        self._part(GraphPart.ENCODE, shape, pictures).run(slices, features)
        return features | {COORDINATES: slices[COORDINATES]}

    def _decode(self, state: OpenVinoState, pictures: PictureFormat | None) -> dict[str, Any]:
        arrays, tensors = _empty_maps(state.shape, pictures)
        self._part(GraphPart.DECODE, state.shape, pictures).run(state.now, tensors)
        return arrays

    def _step(
        self,
        images: FloatArray,
        coordinates: FloatArray,
        state: OpenVinoState,
        pictures: PictureFormat | None,
    ) -> dict[str, Any]:
        arrays, tensors = _empty_maps(state.shape, pictures)
        part = self._part(GraphPart.STEP, state.shape, pictures)
        part.run({**_slices(images, coordinates), **state.now}, {**tensors, **state.following()})
        state.swap()
        return arrays

    def _advance(
        self,
        images: FloatArray,
        coordinates: FloatArray,
        state: OpenVinoState,
        pictures: PictureFormat | None,
    ) -> OpenVinoState:
        part = self._part(GraphPart.ADVANCE, state.shape, pictures)
        part.run({**_slices(images, coordinates), **state.now}, state.following())
        state.swap()
        return state

    def _published(self, maps: dict[str, Any]) -> DepthMaps:
        coordinate, log_scale, all_in_focus = (maps[name][0] for name in MAPS)
        return DepthMaps(
            coordinate=coordinate,
            coordinate_sigma=to_sigma(log_scale, self._graphs.info.sigma_per_scale, out=log_scale),
            all_in_focus=all_in_focus,
        )

    def layer_times(self) -> dict[GraphPart, list[LayerTime]]:
        """Return what every layer took in the last run of each part, where `profiled`."""
        return {wanted[0]: compiled.layer_times() for wanted, compiled in self._parts.items()}

    def _open(self, part: GraphPart) -> ov.Model:
        try:
            return read_onnx(self._core, self._graphs.read(part))
        except RuntimeError as error:
            raise EngineError(
                f"{self._graphs.folder}: OpenVINO cannot read {part.value}.onnx ({last_line(error)})"
            ) from None

    def _part(self, part: GraphPart, shape: Shape, pictures: PictureFormat | None = None) -> CompiledPart:
        wanted = part, shape, pictures
        found = self._parts.get(wanted)
        if found is None:
            found = self._parts[wanted] = self._compile(wanted)
        return found

    def _compile(self, wanted: _Wanted) -> CompiledPart:
        part, shape, _ = wanted
        self._graphs.require(shape)
        if not self._keep:
            return self._build(wanted)

        def load(plan: bytes, name: str) -> CompiledPart:
            return imported(self._core, plan, settings=self._settings, name=name)

        def build() -> tuple[CompiledPart, bytes]:
            built = self._build(wanted)
            return built, built.exported()

        key = self._key(wanted)
        return load_or_build(key, part, load, build, cache=self._cache, parts=len(GraphPart))[0]

    def _build(self, wanted: _Wanted) -> CompiledPart:
        part, shape, pictures = wanted
        try:
            wiring = stored_wiring(self._models, self._graphs, part, shape)
            if pictures is not None:
                wiring = with_pictures(wiring, pictures)
            model = fast_model(wiring, precision="bf16" if self._precision == "bf16" else "f32")
            if self._ranges is not None:
                to_int8(model, self._ranges, weight_bits=self._weight_bits, folder=self._graphs.folder)
            return compiled(self._core, model, wiring, settings=self._settings)
        except RuntimeError as error:
            where = self._graphs.folder
            raise EngineError(f"{where}: OpenVINO cannot compile {part.value} ({last_line(error)})") from None

    def _key(self, wanted: _Wanted) -> CompiledKey:
        _, shape, pictures = wanted
        return CompiledKey(
            graphs_digest=self._graphs.digest,
            engine="openvino",
            version=made_by(ov.get_version(), "openvino"),
            device=openvino_processor(self._core),
            precision=self._precision,
            shape=shape,
            pictures="" if pictures is None else str(pictures),
            ranges="" if self._ranges is None else ranges_key(self._ranges, weight_bits=self._weight_bits),
        )


def _shape_of(images: FloatArray) -> Shape:
    batch, height_px, width_px, _ = images.shape
    return batch, height_px, width_px


def _slices(images: FloatArray, coordinates: FloatArray) -> dict[str, ov.Tensor]:
    return {
        IMAGES: ov.Tensor(np.ascontiguousarray(images), shared_memory=True),
        COORDINATES: ov.Tensor(np.array(coordinates, np.float32)),
    }


def _empty(specs: Iterable[TensorSpec], shape: Shape) -> dict[str, ov.Tensor]:
    return {
        piece: ov.Tensor(ov.Type.f32, list(size))
        for spec in specs
        for piece, size in stored_shapes(spec.name, spec.shape(*shape)).items()
    }


def _empty_maps(shape: Shape, pictures: PictureFormat | None) -> tuple[dict[str, Any], dict[str, ov.Tensor]]:
    """Return new memory for the maps, as arrays and as tensors."""
    sizes: Sequence[tuple[int, ...]] = map_shapes(shape)
    picture: type = np.float32
    if pictures is not None:
        sizes, picture = (*[(shape[0], *pictures.size_px)] * 2, pictures.shape), np.uint8
    types = (np.float32, np.float32, picture)
    arrays: dict[str, Any] = {
        name: np.empty(size, kind) for name, size, kind in zip(MAPS, sizes, types, strict=True)
    }
    return arrays, {name: ov.Tensor(array, shared_memory=True) for name, array in arrays.items()}


def _one_of_batch(tensor: ov.Tensor, index: int) -> ov.Tensor:
    """Return one of a batch, as a view."""
    begin = [index] + [0] * (len(tensor.shape) - 1)
    return ov.Tensor(tensor, begin, [index + 1, *list(tensor.shape)[1:]])
