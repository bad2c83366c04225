"""The table of a long run."""

import itertools
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from benchmarks.shared.measure import percentiles
from benchmarks.soak.faults import Fault
from benchmarks.soak.losses import Loss, Recorded
from benchmarks.soak.reader import ReadMap
from benchmarks.soak.watch import Sample

_FELT_S = 5.0  # after a fault: a lost camera is tried again at growing intervals


def rows(samples: Sequence[Sample], maps: Sequence[ReadMap], *, window_s: float) -> Iterator[str]:
    """Yield memory, descriptors, threads and latency, at the start and at the end."""
    first, last = samples[0], samples[-1]
    began = [read for read in maps if read.at_s < first.at_s + window_s]
    ended = [read for read in maps if read.at_s > last.at_s - window_s]
    yield f"| | first {window_s / 60:g} min | last {window_s / 60:g} min |"
    yield "|---|---|---|"
    early = [sample for sample in samples if sample.at_s < first.at_s + window_s]
    late = [sample for sample in samples if sample.at_s > last.at_s - window_s]
    yield f"| resident memory, MB | {_range(early, 'rss_bytes', 1e6)} | {_range(late, 'rss_bytes', 1e6)} |"
    yield f"| descriptors | {_range(early, 'descriptors')} | {_range(late, 'descriptors')} |"
    yield f"| threads | {_range(early, 'threads')} | {_range(late, 'threads')} |"
    yield f"| latency, ms | {_latency(began)} | {_latency(ended)} |"


def growth(samples: Sequence[Sample]) -> str:
    """Say how fast the memory grew in each quarter of the run, in bytes a slice, by least squares."""
    parts = np.array_split(np.arange(len(samples)), 4)
    slopes = []
    for part in parts:
        slices = [samples[index].slices for index in part]
        if len(set(slices)) < 3:
            slopes.append("–")
            continue
        slopes.append(f"{np.polyfit(slices, [samples[index].rss_bytes for index in part], 1)[0]:+.0f}")
    return f"growth of the memory, bytes a slice, in the quarters of the run: {', '.join(slopes)}"


def fault_rows(faults: Sequence[Fault], maps: Sequence[ReadMap]) -> Iterator[str]:
    """Yield how often each fault was caused, and the longest pause between two maps meanwhile."""
    pauses: dict[str, list[float]] = {}
    for fault in faults:
        pauses.setdefault(fault.name, []).append(_pause_s(maps, fault.from_s, fault.until_s + _FELT_S))
    yield "| fault | times | longest pause between maps, s |"
    yield "|---|---|---|"
    for name, longest_s in pauses.items():
        yield f"| {name} | {len(longest_s)} | {max(longest_s):.1f} |"
    yield f"| (none) | | {_calm_pause_s(faults, maps):.1f} |"


def loss_rows(losses: Iterable[Loss], recorded: Recorded) -> Iterator[str]:
    """Yield what was lost and whether it was reported."""
    yield "| lost | count | reported | in silence | by |"
    yield "|---|---|---|---|---|"
    for loss in losses:
        yield f"| {loss.what} | {loss.lost} | {loss.reported} | {loss.silent} | {loss.where} |"
    yield f"recorded: {recorded.slices} slices; " + ("; ".join(recorded.faults) or "every file is whole")


def _range(samples: Sequence[Sample], name: str, unit: float = 1.0) -> str:
    values = [getattr(sample, name) / unit for sample in samples]
    low, high = f"{min(values):.0f}", f"{max(values):.0f}"
    return low if low == high else f"{low} to {high}"


def _latency(maps: Sequence[ReadMap]) -> str:
    if not maps:
        return "no map"
    return f"{percentiles([read.age_ms for read in maps], digits=1)} (n {len(maps)})"


def _pause_s(maps: Sequence[ReadMap], from_s: float, until_s: float) -> float:
    times_s = [from_s, *(read.at_s for read in maps if from_s < read.at_s < until_s), until_s]
    return float(np.diff(times_s).max())


def _calm_pause_s(faults: Sequence[Fault], maps: Sequence[ReadMap]) -> float:
    longest_s = 0.0
    for earlier, later in itertools.pairwise(maps):
        if not any(fault.from_s < later.at_s and earlier.at_s < fault.until_s + _FELT_S for fault in faults):
            longest_s = max(longest_s, later.at_s - earlier.at_s)
    return longest_s
