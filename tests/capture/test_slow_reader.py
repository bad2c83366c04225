"""A reader that takes three slices a second of a camera that offers many: every sweep is whole."""

import itertools
import time

import pytest

from capture.acquisition import Acquisition
from capture.config import CaptureConfig
from capture.genicam.camera import GenicamCamera
from capture.genicam.config import GenicamConfig
from capture.genicam.lens import GenicamLens
from capture.open_source import open_source
from capture.sweep.live import LiveSweep
from capture.sweep.plan import SweepConfig
from focstream.demand import Speed
from focstream.protocols import Readiness
from tests.capture.genicam.focussim import sharpest_dpt

SLOTS, SWEEPS = 4, 2
SLICES_S = 3.0
SIM = {"width_px": 64, "height_px": 48}


class Slow(Readiness):
    """What an estimator would say of itself that takes three slices a second."""

    def prepare(self, shape):
        return Speed(slices_s=SLICES_S, most_slices_s=SLICES_S)

    def faster(self, shape):
        return ""


def taken(source):
    """Tags of whole sweeps, read as slowly as the reader said, and the counts then."""
    with Acquisition(source) as acquisition:
        tags = []
        for focal_slice in itertools.islice(acquisition, SLOTS * SWEEPS):
            tags.append(focal_slice.tag)
            time.sleep(1 / SLICES_S)
        return tags, acquisition.counts


def check(tags, counts):
    assert counts.lost == 0
    for number in range(SWEEPS):
        slots = [tag.slot for tag in tags[SLOTS * number : SLOTS * (number + 1)]]
        assert sorted(slots) == list(range(SLOTS))
        assert slots in (list(range(SLOTS)), list(range(SLOTS))[::-1])
    assert [tag.last_in_sweep for tag in tags] == ([False] * (SLOTS - 1) + [True]) * SWEEPS
    assert {tag.slots for tag in tags} == {SLOTS}
    assert len({tag.sweep_id for tag in tags}) == SWEEPS


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        {"sweep": {"waveform": "staircase"}},
        {"sweep": {"waveform": "triangle"}},
        {"sweep": {"waveform": "sawtooth"}},
        {"lens": "optotune-icc:sim"},
        {"lens": "varioptic:sim"},
        {"lens": "optotune-icc-pro:sim", "sim": {"timing": "hardware"}},
    ],
    ids=lambda options: "-".join(str(value) for value in options.values()),
)
def test_the_simulated_camera(options):
    config = CaptureConfig.model_validate(
        {
            "camera": "sim",
            **options,
            "sweep": {"slots": SLOTS, **options.get("sweep", {})},
            "sim": {**SIM, **options.get("sim", {})},
        }
    )
    tags, counts = taken(open_source(config, readiness=Slow()))
    check(tags, counts)
    if config.sim.timing != "hardware":
        assert counts.waiting > 0


@pytest.mark.slow
@pytest.mark.parametrize("timing", ["software", "free", "sequencer"])
def test_a_genicam_camera(focussim, bench, timing):
    config = GenicamConfig(height_px=64, frame_rate_hz=100.0, exposure_us=500.0, timing=timing)
    camera = GenicamCamera(cti_files=[focussim], config=config)
    sweep = SweepConfig(slots=SLOTS, far_dpt=1.0, near_dpt=9.0)
    source = LiveSweep(camera, GenicamLens(camera), sweep=sweep, level="approximate", readiness=Slow())
    tags, counts = taken(source)
    check(tags, counts)


@pytest.mark.slow
def test_a_sequencer_is_restarted_more_slowly_when_the_reader_turns_out_slow(focussim, bench):
    config = GenicamConfig(height_px=64, frame_rate_hz=100.0, exposure_us=500.0, timing="sequencer")
    camera = GenicamCamera(cti_files=[focussim], config=config)
    sweep = SweepConfig(slots=SLOTS, far_dpt=1.0, near_dpt=9.0)
    slices = []
    with Acquisition(LiveSweep(camera, GenicamLens(camera), sweep=sweep, level="approximate")) as acquisition:
        for focal_slice in itertools.islice(acquisition, 48):
            slices.append(focal_slice)
            time.sleep(0.1)
    tags = [one.tag for one in slices]
    assert tags[20].slices_lost > 0  # nobody could know
    assert tags[-1].slices_lost == tags[-12].slices_lost  # but after some slices it is known
    first = max(at for at in range(len(tags) - 2 * SLOTS + 1) if tags[at].slot == 0)
    assert [tag.slot for tag in tags[first : first + 2 * SLOTS]] == list(range(SLOTS)) * 2
    assert [tag.frame_id for tag in tags] == sorted({tag.frame_id for tag in tags})
    assert all(abs(one.tag.focus_dpt - sharpest_dpt(one.image)) < 0.1 for one in slices[-12:])


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        {"sweep": {"waveform": "triangle"}},
        {"sweep": {"waveform": "sawtooth"}},
        {"lens": "optotune-icc-pro:sim", "sim": {"timing": "hardware"}},
    ],
    ids=lambda options: "-".join(str(value) for value in options.values()),
)
def test_a_reader_that_is_slow_for_a_while_loses_nothing_either(options):
    """A slowed sweep finds room for all of its slices, and the next one waits until they are taken."""

    class Steady(Slow):
        def prepare(self, shape):
            return Speed(slices_s=12.0, most_slices_s=12.0)

    sweep = {"slots": 8, **options.get("sweep", {})}
    sim = {**SIM, **options.get("sim", {})}
    config = CaptureConfig.model_validate({"camera": "sim", **options, "sweep": sweep, "sim": sim})
    slices = []
    with Acquisition(open_source(config, readiness=Steady())) as acquisition:
        for focal_slice in itertools.islice(acquisition, 32):
            slices.append(focal_slice)
            time.sleep(0.9 if len(slices) in (3, 12, 20) else 0.05)
        assert acquisition.counts.lost == 0
    assert [one.tag.frame_id for one in slices] == sorted({one.tag.frame_id for one in slices})
    for number in range(4):
        tags = [one.tag for one in slices[8 * number : 8 * number + 8]]
        assert sorted(tag.slot for tag in tags) == list(range(8))
        assert len({tag.sweep_id for tag in tags}) == 1


@pytest.mark.slow
def test_a_reader_that_was_measured_too_fast_is_kept_pace_with():
    class Hopeful(Slow):
        def prepare(self, shape):
            return Speed(slices_s=30 * SLICES_S, most_slices_s=30 * SLICES_S)

    sweep = {"slots": 10, "waveform": "triangle"}
    config = CaptureConfig.model_validate({"camera": "sim", "sweep": sweep, "sim": SIM})
    with Acquisition(open_source(config, readiness=Hopeful())) as acquisition:
        lost = []
        for focal_slice in itertools.islice(acquisition, 60):
            lost.append(focal_slice.tag.slices_lost)
            time.sleep(0.1)
    assert lost[-1] > 0  # nobody could know
    assert lost[-1] == lost[-12]  # but after the first sweeps it is known
    assert focal_slice.tag.sweep_id > 1


def test_at_the_cameras_pace_slices_are_lost_and_counted():
    sweep = {"slots": 10, "waveform": "triangle", "pace": "camera"}
    config = CaptureConfig.model_validate({"camera": "sim", "sweep": sweep, "sim": SIM})
    with Acquisition(open_source(config, readiness=Slow())) as acquisition:
        for _ in itertools.islice(acquisition, 6):
            time.sleep(0.3)
        assert acquisition.counts.lost > 0
