"""Time of the Rectifier: breathing and shading undone, a slice, and field and uncertainty, a map.

python -m benchmarks.rectifier
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
import tyro

from benchmarks.shared.measure import percentiles
from benchmarks.shared.perfect_profile import perfect_profile
from benchmarks.shared.piped import piped
from calibration.apply.parts import BreathingPart
from calibration.apply.profile import CalibrationProfile, Device
from calibration.apply.rectifier import Rectifier
from capture.simulator.hidden.rig import HiddenRig
from capture.simulator.hidden.truth import HiddenTruth
from focstream.program.device import device
from focstream.program.memory import keep_freed_memory
from focstream.types import DepthUpdate, FocalSlice, FocusScale, SliceTag

SCALE = FocusScale(far_dpt=0.5, near_dpt=4.5, level="calibrated")
MOST_MS = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What to measure.

    Attributes
    ----------
    width_px, height_px
        Of the images.
    slots
        Slices of a sweep.
    slices, warm_up
        Slices measured, and before them.
    """

    width_px: int = 1280
    height_px: int = 1024
    slots: int = 10
    slices: int = 300
    warm_up: int = 30


def main(settings: Settings) -> None:
    """Print the times."""
    slices = _slices(settings)
    profile = _profile(settings)
    rectifier = Rectifier(profile)
    update = _update(settings, slices[0])
    keep_freed_memory()  # as every command does
    print(f"{device()}, OpenCV {cv2.__version__}, {cv2.getNumThreads()} threads; perf_counter")
    print(f"{settings.width_px} x {settings.height_px} grey, n {settings.slices}, warm-up {settings.warm_up}")
    rectified = _times_ms(lambda k: rectifier.rectify(slices[k % settings.slots]), settings)
    print(f"slice: {percentiles(rectified)} ms ({MOST_MS:g} allowed)")
    print(f"map:   {percentiles(_times_ms(lambda _: rectifier.correct(update), settings))} ms")


def _times_ms(work: Callable[[int], object], settings: Settings) -> list[float]:
    spent = []
    for k in range(settings.warm_up + settings.slices):
        start_ns = time.perf_counter_ns()
        work(k)
        spent.append((time.perf_counter_ns() - start_ns) * 1e-6)
    return spent[settings.warm_up :]


def _profile(settings: Settings) -> CalibrationProfile:
    size_px = (settings.width_px, settings.height_px)
    rig = HiddenRig(HiddenTruth.random(0), size_px=size_px)
    reference = BreathingPart(
        level="calibrated",
        date="none",
        width_px=size_px[0],
        height_px=size_px[1],
        reference_dpt=2.5,
        per_dpt=0.0,
        covariance=((0.0,) * 4,) * 4,
        residual_px=0.0,
        held_out_px=0.0,
    )
    device = Device(camera="sim", lens="sim-hidden", width_px=size_px[0], height_px=size_px[1])
    found = CalibrationProfile(device=device, date="none", breathing=reference)
    return perfect_profile(rig, found)


def _slices(settings: Settings) -> list[FocalSlice]:
    rng = np.random.default_rng(0)
    slices = []
    for slot, coordinate in enumerate(np.linspace(0.0, 1.0, settings.slots)):
        dpt = SCALE.to_dpt(float(coordinate))
        tag = SliceTag(
            sweep_id=0,
            slot=slot,
            frame_id=slot,
            sweep_coordinate=float(coordinate),
            focus_dpt=dpt,
            focus_dpt_commanded=dpt,
            exposure_mid_ns=0,
            clock="host",
        )
        image = rng.integers(0, 200, (settings.height_px, settings.width_px), np.uint8)
        slices.append(FocalSlice(image=image, tag=tag, scale=SCALE))
    return slices


def _update(settings: Settings, focal_slice: FocalSlice) -> DepthUpdate:
    coordinate = np.full((settings.height_px, settings.width_px), 0.5, np.float32)
    return DepthUpdate(
        coordinate=coordinate,
        coordinate_sigma=coordinate * np.float32(0.01),
        all_in_focus=focal_slice.image.astype(np.uint8),
        tag=replace(focal_slice.tag),
        slices_seen=settings.slots,
        final=True,
        scale=SCALE,
        intrinsics=None,
        model="none",
        engine="none",
    )


if __name__ == "__main__":
    with piped():
        main(tyro.cli(Settings))
