"""``python -m engines quantise``: activation ranges for weights, and how good int8 is with them."""

import logging
import time
from collections.abc import Sequence
from itertools import islice

import numpy as np

from engines.errors import EngineError
from engines.graphs.folder import Graphs, read_graphs
from engines.image_size import parse_size
from engines.int8.measure import measure_ranges
from engines.int8.settings import QuantiseSettings
from engines.int8.table import FORMAT, RangeTable, write_ranges
from engines.openvino.runner import OpenVinoRunner
from engines.trials.compare import maps_after
from engines.trials.comparison import mean_error
from engines.trials.stacks import TrialStack, contrasted_stack, rendered_stacks
from focstream.files.part_files import scratch_folder
from focstream.types import InputError

_log = logging.getLogger(__name__)


def quantise(settings: QuantiseSettings) -> None:
    """Measure, judge, and write the table.

    Raises
    ------
    InputError
        When graphs or stacks cannot be read, there are too few stacks, or the table cannot be written.
    EngineError
        When OpenVINO is missing, or the network has no layer for int8.
    """
    start = time.perf_counter()
    graphs = read_graphs(settings.graphs)
    stacks = _stacks(settings)
    table = make_table(
        graphs,
        stacks[: settings.count],
        stacks[settings.count :],
        measured_on=_named(settings),
        threads=settings.threads,
    )
    path = write_ranges(graphs, table)
    _log.info(
        "%s: ranges of %d layers, %.0f s; error against truth %.4f in float32, %.4f in int8 (%+.1f %%)%s",
        path,
        sum(one is not None for one in table.layers.values()),
        time.perf_counter() - start,
        table.f32_error,
        table.int8_error,
        100.0 * (table.int8_error / table.f32_error - 1.0),
        "" if table.is_as_good else "; too much for --engine auto, which will not choose it",
    )


def make_table(
    graphs: Graphs,
    measured: Sequence[TrialStack],
    judged: Sequence[TrialStack],
    *,
    measured_on: str,
    threads: int = 0,
) -> RangeTable:
    """Measure ranges on some stacks, and the errors on others; all is written with few digits."""
    layers = measure_ranges(graphs, measured, threads=threads)
    if not any(layers.values()):
        raise EngineError(f"{graphs.folder}: no layer of this network is large enough for int8")
    table = RangeTable(
        format=FORMAT,
        weights_sha256=graphs.weights_digest,
        measured_on=measured_on,
        f32_error=1.0,
        int8_error=1.0,
        layers=layers,
    )
    with scratch_folder() as cache:  # what is compiled for judging is not kept
        plain = OpenVinoRunner(graphs, threads=threads, cache=cache)
        low = OpenVinoRunner(graphs, precision="int8", ranges=table, threads=threads, cache=cache)
        errors = [_error(runner, judged) for runner in (plain, low)]
    return table.model_copy(update={"f32_error": errors[0], "int8_error": errors[1]})


def _error(runner: OpenVinoRunner, stacks: Sequence[TrialStack]) -> float:
    """Return the mean error after all slices of each stack."""
    errors = []
    for stack in stacks:
        last = len(stack.images)
        errors.append(mean_error(maps_after(runner, stack, (last,))[last], stack.truth))
    return float(f"{np.mean(errors):.4g}")


def _stacks(settings: QuantiseSettings) -> list[TrialStack]:
    wanted = settings.count + settings.judged
    if settings.stacks is None:
        height_px, width_px = parse_size(settings.size)
        seeds = range(settings.seed, settings.seed + wanted)
        return [contrasted_stack(seed, height_px=height_px, width_px=width_px) for seed in seeds]
    found = list(islice(rendered_stacks(settings.stacks), wanted))
    if len(found) < wanted:
        raise InputError(
            f"{settings.stacks}: has {len(found)} stacks, and --count and --judged take {wanted}; "
            "render more, or ask for fewer"
        )
    return found


def _named(settings: QuantiseSettings) -> str:
    if settings.stacks is not None:
        return f"{settings.count} rendered stacks"
    return f"{settings.count} simulated stacks of {settings.size}, seed {settings.seed}"
