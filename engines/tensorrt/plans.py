"""Which plan is for which part, size and GPU: from the cache, or built."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engines.compiled.cache import CompiledKey
from engines.compiled.own_code import made_by
from engines.compiled.plan_file import Loaded, load_or_build, plan_path
from engines.graphs.folder import GraphPart, Graphs
from engines.precisions import GraphPrecision
from engines.tensorrt.borders import Ports, Shape, Wanted, ports
from engines.tensorrt.build import build_plan
from engines.tensorrt.cuda_memory import Gpu
from engines.tensorrt.package import TensorRt
from engines.tensorrt.timing_cache import TimingCache
from focstream.types import InputError
from inference.network.config import PATCH_PX

_BORDERS: GraphPrecision = "f32"


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorRtPlans:
    """Plans of one network.

    Attributes
    ----------
    graphs
        As exported.
    tensorrt
        That builds them.
    precision
        Of the layers.
    gpu
        That they are for; it need not be here for TensorRT for RTX.
    cache
        Folder that keeps them.
    """

    graphs: Graphs
    tensorrt: TensorRt
    precision: GraphPrecision
    gpu: Gpu
    cache: Path

    def get(
        self, wanted: Wanted, load: Callable[[bytes, str, Ports, Path], Loaded]
    ) -> tuple[Loaded, Path | None]:
        """Load the plan of a graph, or build it.

        `load` takes a plan, its name for messages, its ports, and the file for its kernels. Returns what it
        does, and the plan's file, None if not kept.

        Raises
        ------
        InputError
            For a size that the graphs are not for.
        EngineError
            When it cannot be built, or what was just built cannot be loaded.
        """
        self.require(wanted.shape)
        found, key = ports(wanted, self.graphs), self._key(wanted)
        kernels = plan_path(key, wanted.part, cache=self.cache).with_suffix(".kernels")

        def load_ours(plan: bytes, name: str) -> Loaded:
            return load(plan, name, found, kernels)

        def build() -> tuple[Loaded, bytes]:
            plan = self._build(wanted, found)
            return load_ours(plan, wanted.part), plan

        return load_or_build(key, wanted.part, load_ours, build, cache=self.cache)

    def _key(self, wanted: Wanted) -> CompiledKey:
        return CompiledKey(
            graphs_digest=self.graphs.digest,
            engine=self.tensorrt.name,
            version=made_by(self.tensorrt.version, "tensorrt"),
            device=self.tensorrt.device(self.gpu),
            precision=self.precision if wanted.pictures is None else _BORDERS,
            shape=wanted.shape,
            pictures="" if wanted.pictures is None else str(wanted.pictures),
        )

    def _build(self, wanted: Wanted, found: Ports) -> bytes:
        return build_plan(
            self.tensorrt,
            self._model(wanted, found),
            shapes=found.inputs,
            capability=self.gpu.capability,
            timings=TimingCache(self.cache, tensorrt=self.tensorrt, gpu=self.gpu),
        )

    def _model(self, wanted: Wanted, found: Ports) -> bytes:
        from engines.tensorrt.fused_graph import part_model  # says what to install where onnx is missing

        if isinstance(wanted.part, GraphPart):
            return part_model(self.graphs, wanted.part, self.precision)
        from engines.tensorrt.border_graph import border_graph

        assert wanted.pictures is not None
        scale = self.graphs.info.sigma_per_scale
        return border_graph(wanted.part, wanted.pictures, found, sigma_per_scale=scale)

    def require(self, shape: Shape) -> None:
        """Refuse a size that the graphs are not for."""
        self.graphs.require(shape)
        if min(shape) < 1 or any(side % PATCH_PX for side in shape[1:]):
            _, height_px, width_px = shape
            raise InputError(f"{width_px}x{height_px}: width and height must be multiples of {PATCH_PX}")
