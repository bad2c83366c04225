"""What every rewrite of the step on OpenVINO saves: with all of them, against with one left out.

    python -m benchmarks.openvino_rewrites --size 640x480 --precisions f32 bf16

All variants are compiled in one process and take turns, in another order in every round, so that whatever
else the machine does disturbs all alike. The step with all rewrites is compiled twice: how far the two differ
is noise. A rewrite that others rest on is charged with what they save, too; they are named.

Some 22 compiled steps are in memory at once: about 5 GB at 640 × 480.
"""

import random
import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import tyro
from tqdm import tqdm

from benchmarks.shared.measure import percentiles
from benchmarks.shared.openvino_variants import Variant, variants
from benchmarks.shared.piped import piped
from engines.graphs.folder import Graphs, read_graphs, shipped_graphs
from engines.graphs.state_layout import F32_TOLERANCES
from engines.openvino.rewrites import REWRITES, OpenVinoPrecision
from engines.processor import openvino_has_bf16
from engines.trials.comparison import LOWER_TOLERANCE
from engines.trials.stacks import TrialStack, simulated_stack
from focstream.program.device import device
from inference.network.config import PATCH_PX

_STEPS = 3
"""_STEPS of a variant are measured in a round, after one that is not: threads of another may still spin."""
_WARM_UP = 4
"""_WARM_UP steps come first, after which maps are compared."""
_LEAST_ROUNDS = 5
_RESAMPLED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What to measure.

    Attributes
    ----------
    size
        Width and height of images in pixels, such as 640x480; multiples of 16.
    precisions
        f32, bf16 or both.
    seconds
        Time for each precision, compiling included; at least five rounds are measured.
    threads
        How many compute; 0 = OpenVINO's choice.
    """

    size: str = "640x480"
    precisions: tuple[OpenVinoPrecision, ...] = ("f32", "bf16")
    seconds: float = 300.0
    threads: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """Difference of the fastest steps, and the interval that holds 95 % of it when rounds are drawn again."""

    ms: float
    low_ms: float
    high_ms: float

    def beyond(self, noise_ms: float) -> bool:
        """Say whether it differs from nothing, and from what two equal steps differ by."""
        return abs(self.ms) > noise_ms and (self.low_ms > 0.0 or self.high_ms < 0.0)

    def cell(self, noise_ms: float) -> str:
        """Return it for a table, in brackets where it is no more than noise."""
        text = f"{self.ms:.2f} ± {(self.high_ms - self.low_ms) / 2:.2f}"
        return text if self.beyond(noise_ms) else f"({text})"


def main(settings: Settings) -> None:
    """Measure, and print what each variant took and the table of what each rewrite saves."""
    width_px, height_px = _size(settings.size)
    graphs = read_graphs(shipped_graphs("small"))
    stack = simulated_stack(0, height_px=height_px, width_px=width_px)
    print(f"device: {device()}")
    cells: dict[str, Mapping[str, str]] = {}
    for precision in settings.precisions:
        if precision == "bf16" and not openvino_has_bf16():
            print("bf16: left out, this processor does not compute in bfloat16")
            continue
        cells[precision] = measure(graphs, stack, precision, settings)
    print_table(cells)


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d+)x(\d+)", text)
    size_px = (int(found[1]), int(found[2])) if found else (0, 0)
    if min(size_px) < PATCH_PX or any(side % PATCH_PX for side in size_px):
        sys.exit(
            f"--size {text}: expected width and height in multiples of {PATCH_PX} pixels, such as 640x480"
        )
    return size_px


def measure(
    graphs: Graphs, stack: TrialStack, precision: OpenVinoPrecision, settings: Settings
) -> Mapping[str, str]:
    """Measure one precision; return what each rewrite saves, for the table."""
    end_s = time.monotonic() + settings.seconds
    found = []
    for variant in tqdm(
        variants(graphs, stack, precision, threads=settings.threads), unit="compiled", disable=None
    ):
        for _ in range(_WARM_UP):
            variant.stream.step()
        variant.coordinate = variant.stream.coordinate()
        found.append(variant)
    take_turns(found, end_s)
    first, *others, again = found
    _, height_px, width_px, _ = stack.images.shape
    print(
        f"{precision}, {width_px} × {height_px}: warm-up {_WARM_UP}, then {len(first.rounds_ms)} rounds of "
        f"{_STEPS} steps of each variant; ms"
    )
    noise = saving(again, [first])
    noise_ms = max(abs(noise.low_ms), abs(noise.high_ms))
    for same in (first, again):
        _print_variant(same, "")
    print(f"  two equal steps differ by {noise.ms:.2f} ({noise.low_ms:.2f} to {noise.high_ms:.2f}): noise")
    cells = {}
    for variant in others:
        assert variant.left_out is not None
        saved = saving(variant, [first, again])
        cells[variant.left_out.name] = saved.cell(noise_ms)
        _print_variant(variant, _remarks(variant, first, saved, precision))
    return cells


def take_turns(found: Sequence[Variant], end_s: float) -> None:
    """Let all variants take some steps, round after round, until time is over."""
    shuffled = list(found)
    order = random.Random(0)
    while len(found[0].rounds_ms) < _LEAST_ROUNDS or time.monotonic() < end_s:
        order.shuffle(shuffled)
        for variant in shuffled:
            variant.stream.step()
            variant.rounds_ms.append([variant.stream.step() for _ in range(_STEPS)])


def saving(variant: Variant, reference: Sequence[Variant]) -> Saving:
    """Return by how much a variant is slower than others: the median over rounds of the fastest steps.

    Whatever else the machine does makes steps slower, never faster, and it does so to a whole round.
    """
    slow_ms = np.array(variant.rounds_ms).min(axis=1)
    fast_ms = np.mean([np.array(one.rounds_ms).min(axis=1) for one in reference], axis=0)
    slower_ms = slow_ms - fast_ms
    drawn = np.random.default_rng(0).integers(0, len(slower_ms), (_RESAMPLED, len(slower_ms)))
    low_ms, high_ms = np.percentile(np.median(slower_ms[drawn], axis=1), (2.5, 97.5))
    return Saving(ms=float(np.median(slower_ms)), low_ms=float(low_ms), high_ms=float(high_ms))


def _print_variant(variant: Variant, remarks: str) -> None:
    times_ms = [ms for one in variant.rounds_ms for ms in one]
    print(f"  {variant.name:<30} n {len(times_ms)}, {percentiles(times_ms)}{remarks}")


def _remarks(variant: Variant, whole: Variant, saved: Saving, precision: OpenVinoPrecision) -> str:
    """Return what it saves, who rests on it, and whether the graph without it is right."""
    assert variant.left_out is not None
    text = f"; saves {saved.ms:.2f} ({saved.low_ms:.2f} to {saved.high_ms:.2f})"
    if variant.left_out.name not in whole.found:
        text += "; finds nothing"
    idle = [
        one.name
        for one in REWRITES
        if one.name in whole.found - variant.found and one.name != variant.left_out.name
    ]
    if idle:
        text += f", with {', '.join(idle)}, which find{'s' if len(idle) == 1 else ''} nothing then"
    difference = np.abs(variant.coordinate - whole.coordinate)
    exact = difference.max() < F32_TOLERANCES["coordinate"]
    right = exact if precision == "f32" else difference.mean() < LOWER_TOLERANCE
    return text if right else f"{text}; WRONG without it: the coordinate differs by {difference.max():.2g}"


def print_table(cells: Mapping[str, Mapping[str, str]]) -> None:
    """Print one row for each rewrite, in Markdown."""
    print("\nSaved, in ms a step; in brackets what is within the noise:\n")
    print(f"| rewrite | finds | leaves | after | {' | '.join(cells)} |")
    print("|---|---|---|---|" + "---|" * len(cells))
    for one in REWRITES:
        saved = " | ".join(column.get(one.name, "") for column in cells.values())
        print(f"| {one.name} | {one.finds} | {one.leaves} | {', '.join(one.after)} | {saved} |")


if __name__ == "__main__":
    with piped():
        main(tyro.cli(Settings))
