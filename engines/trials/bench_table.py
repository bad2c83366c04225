"""What the benchmark of engines measures, and how it is printed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from engines.base import LayerTime
from focstream.program.extras import install_hint


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Times of one engine at one size.

    Attributes
    ----------
    engine
        With its precision.
    milliseconds
        From image to maps, for every slice.
    batched_milliseconds
        To encode one image among others at once, for every batch.
    gained_bytes
        Resident memory that came with it; 0 = not known.
    gained_device_bytes
        Memory of the GPU that came with it; 0 = none, or not known.
    on_gpu
        Whether a GPU computes it.
    """

    engine: str
    milliseconds: tuple[float, ...]
    batched_milliseconds: tuple[float, ...]
    gained_bytes: int
    gained_device_bytes: int = 0
    on_gpu: bool = False

    @property
    def median_milliseconds(self) -> float:
        """Median time of a slice."""
        return float(np.median(self.milliseconds))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a slice costs, and what the machine can do.

    Attributes
    ----------
    flops
        Of one slice, from image to maps; a multiplication and an addition are two.
    peak_flops
        Per second, by precision ("f32", "bf16", "gpu f16"): the most that large matrix products reached, on
        the processor or the GPU.
    unmeasured
        Why a precision has no peak.
    """

    flops: int
    peak_flops: Mapping[str, float]
    unmeasured: Mapping[str, str] = field(default_factory=dict)


def timing_table(
    timings: Sequence[Timing],
    *,
    size_px: tuple[int, int],
    cost: Cost | None,
    reasons: Mapping[str, str],
) -> str:
    """Return it in Markdown, one engine a row."""
    height_px, width_px = size_px
    lines = [
        "",
        f"Images of {width_px} × {height_px} (width × height), milliseconds:",
        "",
        "| engine | p50 | p95 | p99 | slices/s | encoded in batches | memory gained | of the matmul peak |",
        "|---|---|---|---|---|---|---|---|",
        *(_row(timing, cost) for timing in timings),
        "",
    ]
    if cost is None:
        lines.append(f"FLOPs are counted with torch: {install_hint('train')}")
    else:
        peaks = ", ".join(f"{name} {peak / 1e9:.0f} GFLOP/s" for name, peak in cost.peak_flops.items())
        lines.append(f"{cost.flops / 1e9:.2f} GFLOPs a slice; matmul peak: {peaks}")
        lines += [f"No matmul peak in {name}: {reason}" for name, reason in cost.unmeasured.items()]
    lines += [f"Not measured: {name}: {reason}" for name, reason in reasons.items()]
    return "\n".join(lines) + "\n"


def layer_table(engine: str, times: Mapping[str, Sequence[LayerTime]], *, count: int) -> str:
    """Return the costliest layers in Markdown, as shares of the whole."""
    ranked = sorted(
        ((layer.microseconds, part, layer) for part, layers in times.items() for layer in layers),
        key=lambda row: -row[0],
    )
    total = sum(microseconds for microseconds, _, _ in ranked) or 1.0
    lines = [
        "",
        f"Costliest layers, {engine}:",
        "",
        "| share | part | layer | executed by |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {microseconds / total:.1%} | {part} | {layer.name} | {layer.kind} |"
        for microseconds, part, layer in ranked[:count]
    ]
    return "\n".join(lines) + "\n"


def _row(timing: Timing, cost: Cost | None) -> str:
    p50, p95, p99 = np.percentile(timing.milliseconds, (50, 95, 99))
    batched = f"{np.median(timing.batched_milliseconds):.2f}" if timing.batched_milliseconds else "–"
    share = "–"
    precision = timing.engine.rpartition(" ")[2]
    peak = cost and cost.peak_flops.get(f"gpu {precision}" if timing.on_gpu else precision)
    if cost and peak:
        share = f"{cost.flops / (1e-3 * timing.median_milliseconds) / peak:.0%}"
    times = f"{p50:.2f} | {p95:.2f} | {p99:.2f} | {1e3 / p50:.1f} | {batched}"
    return f"| {timing.engine} | {times} | {_memory(timing)} | {share} |"


def _memory(timing: Timing) -> str:
    parts = ((timing.gained_bytes, "MiB"), (timing.gained_device_bytes, "MiB of the GPU"))
    return " + ".join(f"{size / 2**20:.0f} {unit}" for size, unit in parts if size) or "–"
