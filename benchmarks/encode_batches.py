"""Whether encoding several slices in one call is faster, and whether it computes the same.

    python -m benchmarks.encode_batches

For every engine that can be used here: milliseconds a slice, and the largest difference of the depth (as a
share of the sweep) after eight slices from that of the same slices encoded one by one; 0 = equal to the bit.
"""

import time
from dataclasses import dataclass
from typing import Annotated, Any

import cv2
import numpy as np
import tyro

from benchmarks.shared.piped import piped
from engines.base import EachEncoder, FloatArray, NetworkMaps, Runner
from engines.runners import matching, open_usable
from focstream.program.device import device

SLICES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What to measure.

    Attributes
    ----------
    engines
        By the names of ``python -m engines list``; none given = all that can be used.
    batches
        Slices in one call; divisors of 8.
    width_px, height_px
        Of the slices, multiples of 16.
    rounds
        Of 8 slices each, after one as warm-up.
    """

    engines: Annotated[tuple[str, ...], tyro.conf.arg(name="engine")] = ()
    batches: Annotated[tuple[int, ...], tyro.conf.arg(name="batch")] = (2, 4, 8)
    width_px: int = 640
    height_px: int = 480
    rounds: int = 3


def measure(runner: Runner[Any, Any], settings: Settings) -> None:
    """Measure one engine."""
    images, coordinates = make_slices(settings)
    alone = depth_of(runner, images, coordinates, batch=1)
    alone_ms = encode_ms(runner, images, coordinates, batch=1, rounds=settings.rounds)
    print(f"{runner.engine:<20} one by one {alone_ms:6.1f} ms", end="", flush=True)
    for batch in settings.batches:
        together = depth_of(runner, images, coordinates, batch=batch)
        difference = float(np.abs(together.coordinate - alone.coordinate).max())
        took_ms = encode_ms(runner, images, coordinates, batch=batch, rounds=settings.rounds)
        print(f" | by {batch} {took_ms:6.1f} ms, {difference:.1g}", end="", flush=True)
    print()


def make_slices(settings: Settings) -> tuple[FloatArray, FloatArray]:
    """(8, H, W, 3) slightly blurred noise, and its coordinates."""
    random = np.random.default_rng(0)
    noise = random.random((SLICES, settings.height_px, settings.width_px, 3), np.float32)
    images = np.stack([cv2.GaussianBlur(image, (0, 0), 2.0) for image in noise])
    return images, np.linspace(0.0, 1.0, SLICES, dtype=np.float32)


def encoded(
    runner: Runner[Any, Any], images: FloatArray, coordinates: FloatArray, *, batch: int
) -> list[Any]:
    """Features of each slice, so many to a call; with 1 as a live slice is encoded."""
    if batch == 1:
        return [runner.encode(images[i : i + 1], coordinates[i : i + 1]) for i in range(SLICES)]
    assert isinstance(runner, EachEncoder)
    groups = (slice(first, first + batch) for first in range(0, SLICES, batch))
    return [
        each for group in groups for each in runner.each(runner.encode(images[group], coordinates[group]))
    ]


def depth_of(
    runner: Runner[Any, Any], images: FloatArray, coordinates: FloatArray, *, batch: int
) -> NetworkMaps:
    """Return the maps after all slices."""
    state = runner.initial_state((1, *images.shape[1:3]))
    for features in encoded(runner, images, coordinates, batch=batch):
        state = runner.update(features, state)
    return runner.decode(state)


def encode_ms(
    runner: Runner[Any, Any], images: FloatArray, coordinates: FloatArray, *, batch: int, rounds: int
) -> float:
    """Return the median time a slice takes to encode."""
    times_ms = []
    for _ in range(rounds):  # `depth_of` was the warm-up
        started_s = time.perf_counter()
        encoded(runner, images, coordinates, batch=batch)
        times_ms.append((time.perf_counter() - started_s) * 1e3 / SLICES)
    return float(np.median(times_ms))


def main(settings: Settings) -> None:
    """Measure every engine and print."""
    print(f"device: {device()}")
    print(
        f"{settings.width_px} × {settings.height_px}; median of {settings.rounds} rounds of {SLICES} slices"
    )
    runners, reasons = open_usable(settings.engines, matching(None, None))
    for runner in runners.values():
        if isinstance(runner, EachEncoder):
            measure(runner, settings)
        else:
            print(f"{runner.engine:<20} takes slices one by one")
    for name, reason in reasons.items():
        print(f"{name}: not used, {reason}")


if __name__ == "__main__":
    with piped():
        main(tyro.cli(Settings))
