"""How quickly the live page draws maps of 640 × 480, and what its viewers cost the pipeline beside them.

The first table: maps come 25 times a second, the most that the page shows; how many the page draws, with the
cloud closed, open in each of its colours, and turned all the time. The second: the simulated camera runs
without a viewer, with the page open, and with the cloud open, in turns; the viewer has the same processor.

    python -m benchmarks.page
"""

import logging
import os
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import cycle, product

import cv2
import numpy as np
import tyro

from benchmarks.page.looking import Looking
from benchmarks.shared.measure import percentiles
from benchmarks.shared.piped import piped
from calibration.apply.confidence import Confidence
from capture.simulator.config import SimulatorConfig
from capture.simulator.rig import scene_of
from focstream.acquisition_counts import AcquisitionCounts
from focstream.clock import now_ns
from focstream.program.device import device
from focstream.types import DepthUpdate, FocusScale, SliceTag
from publish.look.web.view import WebView
from run_pipeline import open_depth

_MAPS_PER_S = 25.0
_SHOWN = ("page", "depth", "picture", "sigma", "turned")
_VIEWERS = ("nobody", "page", "depth")
_NAMES = {
    "nobody": "no viewer",
    "page": "page open",
    "depth": "cloud open",
    "picture": "cloud in the picture's colours",
    "sigma": "cloud in the colours of σ",
    "turned": "cloud, turned all the time",
}
_SCALE = FocusScale(far_dpt=0.5, near_dpt=5.0, level="calibrated")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What to measure.

    Attributes
    ----------
    turn_s
        How long each row of a turn is measured.
    warm_up_s
        How long a viewer has looked before it counts.
    turns
        So many of all rows.
    model
        As ``--model`` of run_pipeline.py.
    """

    turn_s: float = 10.0
    warm_up_s: float = 2.0
    turns: int = 3
    model: str = "sharpness"


def main(settings: Settings) -> None:
    """Print both tables."""
    load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    print(f"{device()}; load before {load}; warm-up {settings.warm_up_s} s, {settings.turns} turns")
    print_drawing(settings)
    print_cost(settings)


def print_drawing(settings: Settings) -> None:
    """Say how many maps the page draws, and what a map costs its browser."""
    steps_ms: dict[str, list[float]] = defaultdict(list)
    costs_ms: dict[str, list[float]] = defaultdict(list)
    maps: dict[str, int] = defaultdict(int)
    seconds: dict[str, float] = defaultdict(float)
    with fed_page() as url:
        for _, what in product(range(settings.turns), _SHOWN):
            with Looking(url, what) as looking:
                looking.wait()
                time.sleep(settings.warm_up_s)
                begin = looking.mark()
                time.sleep(settings.turn_s)
                end = looking.mark()
            maps[what] += end.maps - begin.maps
            seconds[what] += end.at_s - begin.at_s
            steps_ms[what] += np.diff(looking.stamps_ms[begin.maps : end.maps]).tolist()
            costs_ms[what].append(
                1000 * (end.processor_s - begin.processor_s) / max(end.maps - begin.maps, 1)
            )
    print(f"maps drawn, {_MAPS_PER_S:g} offered a second; milliseconds from one to the next")
    for what, steps in steps_ms.items():
        cost = f"the browser's processor time a map {np.median(costs_ms[what]):.0f} ms"
        if not steps:
            print(f"{_NAMES[what]}: fewer than two maps in a turn; give more --turn-s")
            continue
        rate = f"{maps[what] / seconds[what]:.1f} maps/s, n {len(steps)}"
        print(f"{_NAMES[what]}: {rate}, {percentiles(steps, digits=0)}; {cost}", flush=True)


@contextmanager
def fed_page() -> Iterator[str]:
    """Serve a page that gets maps at a steady rate; yields its address."""
    nothing = AcquisitionCounts()
    with closing(
        WebView(
            port=0, host="127.0.0.1", token=None, source="bench", counts=lambda: nothing, cloud=Confidence()
        )
    ) as view:
        ending = threading.Event()
        feeding = threading.Thread(target=feed, args=(view, maps_of_a_scene(), ending))
        feeding.start()
        try:
            yield view.url
        finally:
            ending.set()
            feeding.join()


def feed(view: WebView, maps: Iterator[DepthUpdate], ending: threading.Event) -> None:
    """Hand out maps at a steady rate."""
    for update in maps:
        view.write(update)
        if ending.wait(1.0 / _MAPS_PER_S):
            return


def maps_of_a_scene(*, kept: int = 8) -> Iterator[DepthUpdate]:
    """Return maps of a simulated scene, each with noise of its own, without end.

    They are made once, and come again and again: what they cost is not to be measured.
    """
    scene = scene_of(SimulatorConfig(scene="tabletop"))
    rng = np.random.default_rng(0)
    true = _SCALE.to_coordinate(scene.truth_vergence_dpt)
    sigma = rng.uniform(0.002, 0.03, true.shape).astype(np.float32)
    image = np.asarray(
        cv2.GaussianBlur(rng.integers(0, 255, (*true.shape, 3), np.uint8), (0, 0), 2.0), np.uint8
    )
    tag = SliceTag(
        sweep_id=0, slot=0, frame_id=0, sweep_coordinate=1.0, focus_dpt=None, focus_dpt_commanded=None,
        exposure_mid_ns=now_ns(), clock="host",
    )  # fmt: skip
    first = DepthUpdate(
        coordinate=true, coordinate_sigma=sigma, all_in_focus=image, tag=tag, slices_seen=1, final=True,
        scale=_SCALE, intrinsics=scene.intrinsics, model="truth", engine="noise",
    )  # fmt: skip
    noises = [(sigma * rng.standard_normal(true.shape)).astype(np.float32) for _ in range(kept)]
    updates = cycle([replace(first, coordinate=true + noise) for noise in noises])
    return (replace(update, tag=replace(tag, exposure_mid_ns=now_ns())) for update in updates)


def print_cost(settings: Settings) -> None:
    """Say what the pipeline does with and without viewers."""
    ages_ms: dict[str, list[float]] = defaultdict(list)
    seconds: dict[str, list[float]] = defaultdict(list)
    costs_ms: dict[str, list[float]] = defaultdict(list)
    with said() as lines, open_depth(camera="sim", web=0, model=settings.model) as maps:
        next(maps)
        url = next(line.rpartition(" ")[2] for line in lines if "live page at" in line)
        for _, what in product(range(settings.turns), _VIEWERS):
            with Looking(url, what) as looking:
                wait_warm(maps, looking, settings)
                begun_s, cost_s = time.monotonic(), time.process_time()
                ages = list(ages_until(maps, begun_s + settings.turn_s))
                seconds[what].append(time.monotonic() - begun_s)
                costs_ms[what].append(1000 * (time.process_time() - cost_s) / len(ages))
                ages_ms[what] += ages
    print(f"--camera sim --model {settings.model}, a map for every slice; milliseconds from exposure to map")
    for what, ages in ages_ms.items():
        rate = f"{len(ages) / sum(seconds[what]):.1f} slices/s, n {len(ages)}"
        cost = f"the pipeline's processor time a slice {np.median(costs_ms[what]):.1f} ms"
        print(f"{_NAMES[what]}: {rate}, {percentiles(ages, digits=1)}; {cost}", flush=True)


def wait_warm(maps: Iterator[DepthUpdate], looking: Looking, settings: Settings) -> None:
    """Take maps until a viewer draws them, and a while longer."""
    while not looking.is_ready:
        next(maps)
    deque(ages_until(maps, time.monotonic() + settings.warm_up_s), maxlen=0)


def ages_until(maps: Iterator[DepthUpdate], end_s: float) -> Iterator[float]:
    """Take maps until a moment; yields how old each is, in milliseconds."""
    for update in maps:
        yield (now_ns() - update.tag.exposure_mid_ns) / 1e6
        if time.monotonic() >= end_s:
            return


@contextmanager
def said() -> Iterator[list[str]]:
    """Collect what the page says in the log."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    log = logging.getLogger("publish.look.web.view")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        log.removeHandler(handler)


if __name__ == "__main__":
    with piped():
        main(tyro.cli(Settings))
