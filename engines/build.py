"""``python -m engines export|build``: from weights to what an engine runs, ahead of the first image."""

import functools
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engines.choice.choose import candidates
from engines.choice.fastest import Candidates, openers
from engines.compiled.cache import cache_folder
from engines.errors import EngineError
from engines.graphs.folder import MANIFEST, Graphs, read_graphs, shipped_graphs
from engines.image_size import parse_size
from engines.network_model import NetworkModel
from engines.pictures import PictureFormat
from engines.runners import RunnerInputs, matching
from engines.weights_info import digest, shipped_weights
from focstream.files.limits import WEIGHTS_BYTES
from focstream.files.user_file import read_file
from focstream.program.extras import need_extra
from focstream.program.numbers import Threads
from focstream.types import InputError
from inference.config import Precision

_log = logging.getLogger(__name__)

Target = Literal["sm_75", "sm_80", "sm_86", "sm_89", "sm_120", "sm_121"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildSettings:
    """What to build.

    Attributes
    ----------
    engine
        That will run it.
    size
        WIDTHxHEIGHT of images in pixels, such as 640x480; one or several.
    precision
        "auto": the fastest that the engine computes in here.
    graphs
        Folder of exported graphs; with --weights they are exported to it first, where they are not there yet.
    weights
        A .safetensors file, or a run's checkpoint.pt. Without both, what comes with the package is built.
    target
        Compute capability of NVIDIA GPUs to build for with TensorRT for RTX, such as sm_89; needs no GPU.
    threads
        That will compute; 0 = the engine's choice.
    """

    engine: Literal["tensorrt", "openvino", "onnxruntime"]
    size: tuple[str, ...]
    precision: Precision = "auto"
    graphs: Path | None = None
    weights: Path | None = None
    target: Target | None = None
    threads: Threads = 0


def build(settings: BuildSettings) -> None:
    """Export where asked for, then build for every size.

    Raises
    ------
    InputError
        When options do not go together, or files cannot be read.
    EngineError
        When something cannot be built.
    """
    sizes = [parse_size(size) for size in settings.size]
    if settings.target and settings.engine != "tensorrt":
        raise InputError(f"--target is for --engine tensorrt; leave it out for {settings.engine}")
    inputs = functools.cache(lambda: _inputs(settings))  # a precision may be refused before all is exported
    names = candidates(settings.engine, settings.precision, graphs=lambda: inputs().graphs)
    if settings.target:
        builders = _ahead(inputs().graphs, names[0].split()[-1], settings.target, sizes)
    else:
        builders = _here(names, inputs(), sizes)
    start = time.perf_counter()
    for said in builders:
        _log.info("%s, %.1f s", said, time.perf_counter() - start)
        start = time.perf_counter()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSettings:
    """What to export, and where to.

    Attributes
    ----------
    out
        Folder for the graphs; those that lie there are replaced.
    weights
        A .safetensors file, or a run's checkpoint.pt; without, those that come with the package.
    size
        WIDTHxHEIGHT of all images in pixels, such as 640x480; without, any multiples of 16.
    step
        Write the graph of all parts in one, too. ONNX Runtime and OpenVINO do not need it.
    packed
        Write the weights once, as weights.safetensors, and graphs without them, which only focstream reads;
        for weights that are a .safetensors file.
    """

    out: Path
    weights: Path | None = None
    size: str | None = None
    step: bool = True
    packed: bool = False


def export(settings: ExportSettings) -> None:
    """Export as asked for; see `export_weights` for what is raised."""
    weights = settings.weights or shipped_weights("small")
    size_px = parse_size(settings.size) if settings.size else None
    export_weights(weights, settings.out, size_px=size_px, step=settings.step, packed=settings.packed)


def export_weights(
    weights: Path, folder: Path, *, size_px: tuple[int, int] | None, step: bool, packed: bool = False
) -> Graphs:
    """Export weights, checked against torch.

    Raises
    ------
    EngineError
        Without torch and onnx, or when the graphs do not compute what torch does.
    """
    if packed and weights.suffix != ".safetensors":
        raise InputError(f"--packed is for a .safetensors file, not for {weights}; make one: training ship")
    for package in ("torch", "onnx", "onnxscript"):
        need_extra(package, extra="train", what="exporting", error=EngineError)
    from engines.graphs.export import export_graphs
    from engines.weights_file import info_of, load_network

    network, info = load_network(weights), info_of(weights)
    graphs = export_graphs(
        network,
        info,
        folder,
        weights_digest=digest(weights),
        size_px=size_px,
        step=step,
        packed=read_file(weights, most_bytes=WEIGHTS_BYTES) if packed else None,
    )
    _log.info("%s: graphs of %s, %s", graphs.folder, info.name, graphs.digest[:12])
    return graphs


def _inputs(settings: BuildSettings) -> RunnerInputs:
    """Return the graphs to build: those named, exported before if need be, or those that are shipped."""
    if settings.weights is None:
        graphs = read_graphs(settings.graphs or shipped_graphs("small"))
        return RunnerInputs(graphs=graphs, weights=shipped_weights("small"), threads=settings.threads)
    if settings.graphs is None:
        raise InputError("--weights are exported first: say where to, with --graphs FOLDER")
    if not (settings.graphs / MANIFEST).exists():
        export_weights(settings.weights, settings.graphs, size_px=None, step=False)
    return matching(settings.graphs, settings.weights, threads=settings.threads)


def _ahead(graphs: Graphs, precision: str, target: str, sizes: list[tuple[int, int]]) -> Iterator[str]:
    from engines.tensorrt.borders import all_wanted
    from engines.tensorrt.cuda_memory import Gpu
    from engines.tensorrt.package import RTX, find_tensorrt
    from engines.tensorrt.plans import TensorRtPlans

    plans = TensorRtPlans(
        graphs=graphs,
        tensorrt=find_tensorrt((RTX,)),
        precision="f32" if precision == "f32" else "f16",
        gpu=Gpu(name=target, capability=target),
        cache=cache_folder(),
    )
    for size_px in sizes:
        formats = [PictureFormat(shape=(1, *size_px, *channels)) for channels in ((), (3,))]
        for wanted in dict.fromkeys(one for like in formats for one in all_wanted(like)):
            plan, path = plans.get(wanted, lambda plan, *_: plan)
            if path is None:
                raise EngineError(
                    f"{plans.cache}: cannot be written; name another folder with XDG_CACHE_HOME"
                )
            yield f"{path}: {len(plan) / 2**20:.1f} MiB for {target}"


def _here(names: tuple[str, ...], inputs: RunnerInputs, sizes: list[tuple[int, int]]) -> Iterator[str]:
    """Get ready as a live run does, for grey and for colour images: what is built for those it finds then.

    Each is a run of its own: where an engine fails for one, the next one gets ready for it.
    """
    for height_px, width_px in sizes:
        for colour, channels in (("grey", ()), ("colour", (3,))):
            some = Candidates(openers(names, inputs))
            model = NetworkModel(some.open(), inputs.graphs.info, instead=some.go_on)
            model.initial_state((height_px, width_px, *channels))
            yield f"{model.engine}: ready for {width_px}x{height_px}, {colour}"
