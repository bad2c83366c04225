"""``python -m engines quantise``: activation ranges for weights, and how good int8 is with them."""

import logging
import time
from collections.abc import Sequence
from functools import partial
from itertools import islice

import numpy as np

from engines.errors import EngineError
from engines.graphs.folder import Graphs, read_graphs
from engines.image_size import parse_size
from engines.int8.measure import measure_ranges
from engines.int8.settings import QuantiseSettings
from engines.int8.table import FORMAT, RangeTable, write_ranges
from engines.openvino.runner import OpenVinoRunner
from engines.processor import int8_weight_bits, openvino_has_int8, require_int8
from engines.trials.compare import maps_after
from engines.trials.comparison import mean_error
from engines.trials.rendered import rendered_sets, rendered_stacks
from engines.trials.stacks import TrialStack, contrasted_stack
from focstream.types import InputError

_log = logging.getLogger(__name__)


def quantise(settings: QuantiseSettings) -> None:
    """Measure, judge, and write the table.

    Raises
    ------
    InputError
        When graphs or stacks cannot be read, there are too few stacks, or the table cannot be written.
    EngineError
        When OpenVINO is missing or computes no int8 here, or the network has no layer for it.
    """
    start = time.perf_counter()
    graphs = read_graphs(settings.graphs)
    require_int8(openvino_has_int8())
    stacks = _stacks(settings)
    table = make_table(
        graphs,
        stacks[: settings.count],
        stacks[settings.count :],
        measured_on=_described(settings, stacks[: settings.count]),
        threads=settings.threads,
    )
    path = write_ranges(graphs, table)
    layers = sum(one is not None for one in table.layers.values())
    _log.info("%s: ranges of %d layers, %.0f s", path, layers, time.perf_counter() - start)
    _log.info("error against truth %.4f in float32, %s", table.f32_error, _judgement(table))


def make_table(
    graphs: Graphs,
    measured: Sequence[TrialStack],
    judged: Sequence[TrialStack],
    *,
    measured_on: str,
    threads: int = 0,
) -> RangeTable:
    """Measure ranges on some stacks, and the errors on others; all is written with few digits.

    Raises
    ------
    InputError
        When judged stacks have no truth.
    EngineError
        When the network has no layer for int8.
    """
    if any(np.isnan(stack.truth).all() for stack in judged):
        raise InputError("a stack to judge on has no truth; render stacks with python -m training render")
    layers = measure_ranges(graphs, measured, threads=threads)
    if not any(layers.values()):
        raise EngineError(f"{graphs.folder}: only zeros went into all layers; measure on other stacks")
    opened = partial(OpenVinoRunner, graphs, threads=threads, keep=False)
    low = partial(opened, precision="int8", ranges=layers)
    has_wide = int8_weight_bits() == 8  # elsewhere sums overflow: their error says nothing of others
    return RangeTable(
        format=FORMAT,
        weights_sha256=graphs.weights_digest,
        measured_on=measured_on,
        f32_error=_error(opened(), judged),
        int8_error_7_bits=_error(low(weight_bits=7), judged),
        int8_error_8_bits=_error(low(weight_bits=8), judged) if has_wide else None,
        layers=layers,
    )


def _error(runner: OpenVinoRunner, stacks: Sequence[TrialStack]) -> float:
    """Return the mean error after all slices of each stack."""
    errors = []
    for stack in stacks:
        last = len(stack.images)
        errors.append(mean_error(maps_after(runner, stack, (last,))[last], stack.truth))
    return float(f"{np.mean(errors):.4g}")


def _judgement(table: RangeTable) -> str:
    """Say what each kind of weights changes."""
    said = []
    for bits, error in ((8, table.int8_error_8_bits), (7, table.int8_error_7_bits)):
        if error is None:
            said.append(f"with {bits}-bit weights not measured: sums overflow on this processor")
            continue
        too_much = "" if table.is_as_good(bits) else ", too much for --engine auto, which will not choose it"
        change = 100.0 * (error / table.f32_error - 1.0)
        said.append(f"{error:.4f} in int8 with {bits}-bit weights ({change:+.1f} %{too_much})")
    return "; ".join(said)


def _stacks(settings: QuantiseSettings) -> list[TrialStack]:
    wanted = settings.count + settings.judged
    if settings.stacks is None:
        height_px, width_px = parse_size(settings.size)
        seeds = range(settings.seed, settings.seed + wanted)
        return [contrasted_stack(seed, height_px=height_px, width_px=width_px) for seed in seeds]
    sets = len(rendered_sets(settings.stacks))
    if min(settings.count, settings.judged) < sets:
        raise InputError(
            f"{settings.stacks}: has {sets} sets, of which each is measured and judged; "
            f"--count and --judged must be {sets} or more"
        )
    # The first of every set are for judging: small sets have none left when it is the turn of the last.
    found = list(islice(rendered_stacks(settings.stacks), wanted))
    if len(found) < wanted:
        raise InputError(
            f"{settings.stacks}: has {len(found)} stacks, and --count and --judged take {wanted}; "
            "render more, or ask for fewer"
        )
    judged, measured = found[: settings.judged], found[settings.judged :]
    missing = {stack.set_name for stack in judged} - {stack.set_name for stack in measured}
    if missing:
        raise InputError(
            f"{settings.stacks}: no stack of {', '.join(sorted(missing))} is left to measure on; "
            "render more of it, or ask for a larger --count or a smaller --judged"
        )
    return [*measured, *judged]


def _described(settings: QuantiseSettings, measured: Sequence[TrialStack]) -> str:
    """Say what was measured on."""
    if settings.stacks is None:
        return f"{settings.count} simulated stacks of {settings.size}, seed {settings.seed}"
    sets = sorted({stack.set_name for stack in measured})
    return f"{settings.count} rendered stacks of {', '.join(sets)}"
