"""Which plan is for which part, size and GPU: from the cache, or built."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engines.compiled.cache import CompiledKey
from engines.compiled.plan_file import Loaded, load_or_build
from engines.graphs.folder import GraphPart, Graphs
from engines.precisions import GraphPrecision
from engines.tensorrt.build import build_plan
from engines.tensorrt.compiler_version import compiler_version
from engines.tensorrt.cuda_memory import Gpu
from engines.tensorrt.package import TensorRt
from engines.tensorrt.timing_cache import TimingCache
from focstream.types import InputError
from inference.network.config import PATCH_PX

Shape = tuple[int, int, int]


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
        self, part: GraphPart, shape: Shape, load: Callable[[bytes, str], Loaded]
    ) -> tuple[Loaded, Path | None]:
        """Load the plan of a part for padded images of `shape` (B, H, W), or build it.

        `load` takes a plan and its name for messages. Returns what it does, and the plan's file, None if not
        kept.

        Raises
        ------
        InputError
            For a size that the graphs are not for.
        EngineError
            When it cannot be built, or what was just built cannot be loaded.
        """
        self.require(shape)

        def build() -> tuple[Loaded, bytes]:
            plan = self._build(part, shape)
            return load(plan, part.value), plan

        key = CompiledKey(
            graphs_digest=self.graphs.digest,
            engine=self.tensorrt.name,
            version=compiler_version(self.tensorrt.version),
            device=self.tensorrt.device(self.gpu),
            precision=self.precision,
            shape=shape,
        )
        return load_or_build(key, part, load, build, cache=self.cache)

    def _build(self, part: GraphPart, shape: Shape) -> bytes:
        from engines.tensorrt.fused_graph import part_model

        return build_plan(
            self.tensorrt,
            part_model(self.graphs, part, self.precision),
            shapes=self.graphs.input_shapes(part, shape),
            capability=self.gpu.capability,
            timings=TimingCache(self.cache, tensorrt=self.tensorrt, gpu=self.gpu),
        )

    def require(self, shape: Shape) -> None:
        """Refuse a size that the graphs are not for."""
        self.graphs.require(shape)
        if min(shape) < 1 or any(side % PATCH_PX for side in shape[1:]):
            _, height_px, width_px = shape
            raise InputError(f"{width_px}x{height_px}: width and height must be multiples of {PATCH_PX}")
