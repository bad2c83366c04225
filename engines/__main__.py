"""``python -m engines export|compare|bench|list``."""

import logging
import sys
from dataclasses import dataclass
from pathlib import Path

import tyro
from tyro.extras import SubcommandApp

from engines.bench import BenchSettings, bench
from engines.cache import cache_folder, list_compiled
from engines.compare import CompareSettings, compare, parse_size
from engines.errors import EngineError
from engines.listing import listing
from engines.weights_info import digest, shipped_weights
from focstream import FocstreamError
from focstream.memory import keep_freed_memory

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
    try:
        from engines.export import export_graphs
        from engines.weights_file import info_of, load_network
    except ImportError as error:
        raise EngineError(f'exporting needs torch and onnx ({error}); pip install "focstream[dev]"') from None
    path = settings.weights or shipped_weights("small")
    network, info = load_network(path), info_of(path)
    graphs = export_graphs(
        network,
        info,
        settings.out,
        weights_digest=digest(path),
        size_px=parse_size(settings.size) if settings.size else None,
        step=settings.step,
    )
    logging.getLogger(__name__).info("%s: graphs of %s, %s", graphs.folder, info.name, graphs.digest[:12])


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
    """Run one command; a mistake is one clear line and exit code 2."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    keep_freed_memory()
    try:
        app.cli(prog="python -m engines", config=(tyro.conf.OmitArgPrefixes,))
    except FocstreamError as error:
        logging.getLogger(__name__).error("%s", error)  # noqa: TRY400 - one clear line, no traceback
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
