"""``python -m engines export|build|compare|bench|list``."""

import sys
from dataclasses import dataclass
from pathlib import Path

from tyro.extras import SubcommandApp

from engines.build import BuildSettings, build, export_weights
from engines.cache import cache_folder, list_compiled
from engines.listing import listing
from engines.trials.bench import BenchSettings, bench
from engines.trials.compare import CompareSettings, compare, parse_size
from engines.weights_info import shipped_weights
from focstream.program.commands import run_command

app = SubcommandApp()


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
        Height and width of all images, such as 480x640; without, any multiples of 16.
    step
        Write the graph of all parts in one, too. ONNX Runtime and OpenVINO do not need it.
    """

    out: Path
    weights: Path | None = None
    size: str | None = None
    step: bool = True


@app.command(name="export")
def _export(settings: ExportSettings) -> None:
    """Write the network as ONNX graphs, proved equal to torch."""
    path = settings.weights or shipped_weights("small")
    size_px = parse_size(settings.size) if settings.size else None
    export_weights(path, settings.out, size_px=size_px, step=settings.step)


@app.command(name="build")
def _build(settings: BuildSettings) -> None:
    """Compile the network for sizes of images ahead of time; what is built lies in the cache."""
    build(settings)


@app.command(name="compare")
def _compare(settings: CompareSettings) -> None:
    """Compare every engine with torch over many slices; fails when one is past its tolerance."""
    compare(settings)


@app.command(name="bench")
def _bench(settings: BenchSettings) -> None:
    """Measure every engine, side by side."""
    bench(settings)


@app.command(name="list")
def _list() -> None:
    """List the engines, those that can run here, and the compiled graphs in the cache."""
    sys.stdout.write(listing(list_compiled(cache_folder())))


def main() -> int:
    """Run one command; returns the exit code."""
    return run_command(app, prog="python -m engines")


if __name__ == "__main__":
    sys.exit(main())
