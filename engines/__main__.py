"""``python -m engines export|quantise|build|compare|bench|gpu|list|cache``."""

if __name__ == "__main__":  # before anything that takes time to import
    from focstream.program.signals import begin

    begin("python -m engines")

import sys
from collections.abc import Sequence

from focstream.program.commands import AnyCommand, Command, NoSettings, run_program, say


def _export() -> AnyCommand:
    """Write the network as ONNX graphs, proved equal to torch."""
    from engines.build import ExportSettings, export

    return Command(ExportSettings, export)


def _quantise() -> AnyCommand:
    """Measure the activation ranges that int8 needs; the table lies beside the graphs."""
    from engines.errors import EngineError
    from engines.int8.settings import QuantiseSettings
    from focstream.program.extras import need_extra

    def run(settings: QuantiseSettings) -> None:
        need_extra("openvino", extra="openvino", what="quantise", error=EngineError)
        from engines.int8.quantise import quantise

        quantise(settings)

    return Command(QuantiseSettings, run)


def _build() -> AnyCommand:
    """Compile the network for sizes of images ahead of time; what is built lies in the cache."""
    from engines.build import BuildSettings, build

    return Command(BuildSettings, build)


def _compare() -> AnyCommand:
    """Compare every engine with torch over many slices; fails when one is past its tolerance."""
    from engines.trials.compare import CompareSettings, compare

    return Command(CompareSettings, compare)


def _bench() -> AnyCommand:
    """Measure every engine, side by side."""
    from engines.trials.bench import BenchSettings, bench

    return Command(BenchSettings, bench)


def _gpu() -> AnyCommand:
    """Prove the network on an NVIDIA GPU, stage by stage, and write a report."""
    from engines.gpu.command import GpuSettings, gpu

    return Command(GpuSettings, gpu)


def _list() -> AnyCommand:
    """List the engines, those that can run here, and the compiled graphs in the cache."""
    from engines.compiled.cache import cache_folder, list_compiled
    from engines.listing import listing

    return Command(NoSettings, lambda _: say(listing(list_compiled(cache_folder()))))


def _cache() -> AnyCommand:
    """Show what compiled graphs lie in the cache, how large they are and when they were used; or empty it."""
    from engines.compiled.cache_command import CacheSettings, show_cache

    return Command(CacheSettings, show_cache)


_COMMANDS = {
    "list": _list,
    "build": _build,
    "bench": _bench,
    "compare": _compare,
    "export": _export,
    "quantise": _quantise,
    "cache": _cache,
    "gpu": _gpu,
}


def main(argv: Sequence[str], *, prog: str = "python -m engines") -> int:
    """Run one command; returns the exit code."""
    about = "What computes the network: list the engines here, compile, time and compare them."
    return run_program(_COMMANDS, argv, prog=prog, about=about)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
