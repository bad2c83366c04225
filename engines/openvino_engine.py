"""The network on OpenVINO, for CPUs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from engines.base import FloatArray, NetworkMaps
from engines.bench_table import LayerTime
from engines.cache import CompiledKey, cache_folder, compiled_folder
from engines.errors import EngineError
from engines.graphs import GraphPart, Graphs
from engines.state_layout import COORDINATES, IMAGES, MAPS, feature_tensors, map_shapes, state_tensors

try:
    import openvino as ov

    from engines.openvino_part import CompiledPart, Settings
    from engines.openvino_split import split_before_layers, whole
except ImportError as error:
    raise EngineError(f'openvino cannot be imported ({error}); pip install "focstream[openvino]"') from None

OpenVinoPrecision = Literal["f32", "bf16"]
Shape = tuple[int, int, int]
Tensors = Mapping[str, ov.Tensor]
_PARTS = (GraphPart.ENCODE, GraphPart.UPDATE, GraphPart.DECODE)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenVinoFeatures:
    """Features of slices, and their coordinates, by the names of the graphs."""

    tensors: Tensors


@dataclass(slots=True, kw_only=True)
class OpenVinoState:
    """Two sets of tensors for (batch, height, width): a step reads one and writes the other."""

    shape: Shape
    now: Tensors
    spare: Tensors


class OpenVinoRunner:
    """Computes the network with OpenVINO on the CPU.

    Graphs are compiled for every size of images when it first comes, and kept in a cache on disk.

    Parameters
    ----------
    graphs
        As exported.
    precision
        Of convolutions and products; states and maps are float32 always.
    threads
        That compute; 0 = OpenVINO's choice.
    cache
        Folder for compiled graphs; None = the user's.
    profiled
        Measure every layer, which costs time.

    Raises
    ------
    EngineError
        For bf16 on a processor without it, or graphs that OpenVINO does not understand.
    """

    def __init__(
        self,
        graphs: Graphs,
        *,
        precision: OpenVinoPrecision = "f32",
        threads: int = 0,
        cache: Path | None = None,
        profiled: bool = False,
    ) -> None:
        self._core = ov.Core()
        if precision == "bf16" and not has_bf16(self._core):
            raise EngineError("this processor does not compute in bfloat16; use --precision f32")
        self._graphs = graphs
        self._precision = precision
        self._settings: dict[str, str | int | bool] = {
            "PERFORMANCE_HINT": "LATENCY",
            "PERF_COUNT": profiled,
        }
        if threads:
            self._settings["INFERENCE_NUM_THREADS"] = threads
        self._cache = cache or cache_folder()
        self._models = {part: self._read(part) for part in _PARTS}
        self._parts: dict[tuple[GraphPart, Shape], CompiledPart] = {}

    @property
    def engine(self) -> str:
        """Name and precision."""
        return f"openvino {self._precision}"

    def encode(self, images: FloatArray, coordinates: FloatArray) -> OpenVinoFeatures:
        """See `Runner.encode`."""
        batch, height_px, width_px, _ = images.shape
        shape = (batch, height_px, width_px)
        at = ov.Tensor(np.array(coordinates, np.float32))
        features = {
            spec.name: ov.Tensor(ov.Type.f32, list(spec.shape(*shape)))
            for spec in feature_tensors(self._graphs.info.config)
        }
        inputs = {IMAGES: ov.Tensor(np.ascontiguousarray(images), shared_memory=True), COORDINATES: at}
        self._part(GraphPart.ENCODE, shape).run(inputs, features)
        return OpenVinoFeatures(tensors=features | {COORDINATES: at})

    def encode_each(self, images: FloatArray, coordinates: FloatArray) -> list[OpenVinoFeatures]:
        """See `EachEncoder.encode_each`."""
        tensors = self.encode(images, coordinates).tensors
        return [
            OpenVinoFeatures(tensors={name: _one_of_batch(each, i) for name, each in tensors.items()})
            for i in range(len(images))
        ]

    def initial_state(self, shape: Shape) -> OpenVinoState:
        """See `Runner.initial_state`."""
        specs = state_tensors(self._graphs.info.config)
        return OpenVinoState(
            shape=shape,
            now={spec.name: ov.Tensor(spec.initial(*shape)) for spec in specs},
            spare={spec.name: ov.Tensor(ov.Type.f32, list(spec.shape(*shape))) for spec in specs},
        )

    def update(self, features: OpenVinoFeatures, state: OpenVinoState) -> OpenVinoState:
        """See `Runner.update`; returns the same object, with its two sets of tensors swapped."""
        specs = state_tensors(self._graphs.info.config)
        outputs = {spec.next_name: state.spare[spec.name] for spec in specs}
        self._part(GraphPart.UPDATE, state.shape).run({**features.tensors, **state.now}, outputs)
        state.now, state.spare = state.spare, state.now
        return state

    def decode(self, state: OpenVinoState) -> NetworkMaps:
        """See `Runner.decode`."""
        arrays = [np.empty(shape, np.float32) for shape in map_shapes(state.shape)]
        tensors = [ov.Tensor(array, shared_memory=True) for array in arrays]
        self._part(GraphPart.DECODE, state.shape).run(state.now, dict(zip(MAPS, tensors, strict=True)))
        coordinate, log_scale, all_in_focus = arrays
        return NetworkMaps(coordinate=coordinate, log_scale=log_scale, all_in_focus=all_in_focus)

    def layer_times(self) -> dict[GraphPart, list[LayerTime]]:
        """Return what every layer took in the last run of each part, where `profiled`."""
        return {part: compiled.layer_times() for (part, _), compiled in self._parts.items()}

    def _read(self, part: GraphPart) -> ov.Model:
        path = self._graphs.file(part)
        try:
            return self._core.read_model(path)
        except RuntimeError as error:
            raise EngineError(f"{path}: OpenVINO cannot read it ({_last_line(error)})") from None

    def _part(self, part: GraphPart, shape: Shape) -> CompiledPart:
        found = self._parts.get((part, shape))
        if found is None:
            found = self._parts[part, shape] = self._compile(part, shape)
        return found

    def _compile(self, part: GraphPart, shape: Shape) -> CompiledPart:
        self._graphs.require(shape)
        model = self._models[part].clone()  # reshaping and splitting change it
        try:
            model.reshape({name: list(size) for name, size in self._graphs.input_shapes(part, shape).items()})
            pieces = [whole(model)] if self._precision == "f32" else split_before_layers(model)
            return CompiledPart(
                self._core,
                pieces,
                settings={**self._settings, **self._caching(shape)},
                precision=self._precision,
            )
        except RuntimeError as error:
            path = self._graphs.file(part)
            raise EngineError(f"{path}: OpenVINO cannot compile it ({_last_line(error)})") from None

    def _caching(self, shape: Shape) -> Settings:
        key = CompiledKey(
            graphs_digest=self._graphs.digest,
            engine="openvino",
            version=ov.get_version(),
            device=str(self._core.get_property("CPU", "FULL_DEVICE_NAME")),
            precision=self._precision,
            shape=shape,
        )
        folder = compiled_folder(key, cache=self._cache)
        return {"CACHE_DIR": str(folder)} if folder else {}


def has_bf16(core: ov.Core | None = None) -> bool:
    """Say whether OpenVINO computes in bfloat16 on this processor."""
    return "BF16" in (core or ov.Core()).get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def _one_of_batch(tensor: ov.Tensor, index: int) -> ov.Tensor:
    """Return one of a batch, as a view."""
    begin = [index] + [0] * (len(tensor.shape) - 1)
    return ov.Tensor(tensor, begin, [index + 1, *list(tensor.shape)[1:]])


def _last_line(error: RuntimeError) -> str:
    return str(error).strip().splitlines()[-1]
