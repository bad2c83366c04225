"""An emulated ICC controller steps its lens and triggers the simulated GenICam camera through its input."""

import ctypes
import itertools
import time
from contextlib import contextmanager

import numpy as np
import pytest

from capture.acquisition import Acquisition
from capture.genicam.camera import GenicamCamera
from capture.genicam.config import GenicamConfig
from capture.lens import LensInfo
from capture.lenses.optotune.icc_pro import optotune_icc_pro
from capture.lenses.setup import LensBehaviour, LensSetup, LinearFocus
from capture.simulator.serial_lenses.optics import EmulatedOptics
from capture.simulator.serial_lenses.optotune_icc import OptotuneIccFirmware
from capture.simulator.serial_lenses.pty_device import PtyDevice
from capture.sweep.live import LiveSweep
from capture.sweep.plan import SweepConfig
from focstream.demand import Speed
from focstream.protocols import Readiness
from tests.capture.genicam.focussim import sharpest_dpt


class LensBefore:
    """A lens in front of the simulated camera."""

    info = LensInfo(name="before", far_dpt=0.0, near_dpt=10.0, settle_s=0.025)

    def __init__(self, producer):
        self._wires = ctypes.CDLL(str(producer))
        self._wires.focussim_move_lens.argtypes = [ctypes.c_double]

    def move(self, focus_dpt):
        self._wires.focussim_move_lens(1000 * (1 - focus_dpt / 10))

    def temperature_c(self):
        return 30.0

    def pulse(self, _time_ns):
        self._wires.focussim_pulse_line1()


@contextmanager
def timed_by_lens(producer, *, sweep, readiness=None):
    """The source, its camera triggered by the generator of an emulated controller."""
    config = GenicamConfig(timing="hardware", height_px=64, exposure_us=2000.0)
    camera = GenicamCamera(cti_files=[producer], config=config)
    lens = LensBefore(producer)
    firmware = OptotuneIccFirmware(EmulatedOptics(lens, focus=LinearFocus()), on_pulse=lens.pulse)
    setup = LensSetup(name="icc", focus=LinearFocus(), behaviour=LensBehaviour(settle_s=0.025))
    with PtyDevice(firmware) as device:
        driver = optotune_icc_pro(device.path, setup=setup)
        yield LiveSweep(camera, driver, sweep=sweep, level="approximate", readiness=readiness)


def off_dpt(slices):
    """By how much the focus in each tag is wrong."""
    return [abs(one.tag.focus_dpt - sharpest_dpt(one.image)) for one in slices]


def test_the_focus_in_the_tag_is_the_focus_in_the_picture(focussim, bench):
    bench.set(slew_steps_s=1e5, delay_s=0.003, drop_percent=5)
    sweep = SweepConfig(slots=8, far_dpt=1.0, near_dpt=9.0)
    with timed_by_lens(focussim, sweep=sweep) as source, Acquisition(source) as acquisition:
        slices = list(itertools.islice(acquisition, 40))
        counts = acquisition.counts
    errors_dpt = off_dpt(slices)
    assert np.median(errors_dpt) < 0.08
    assert np.mean([error < 0.5 for error in errors_dpt]) > 0.9  # half a slot; a busy machine may step late
    assert counts.gaps > 0
    assert {one.tag.slot for one in slices} == set(range(8))


class Measured(Readiness):
    """What an estimator says of itself."""

    def __init__(self, slices_s):
        self.slices_s = slices_s

    def prepare(self, shape):
        return Speed(slices_s=self.slices_s, most_slices_s=self.slices_s)

    def faster(self, shape):
        return ""


def read_slowly(acquisition, count, *, spent_s):
    slices = []
    for one in itertools.islice(acquisition, count):
        slices.append(one)
        time.sleep(spent_s)
    return slices


def check_whole(slices, *, slots):
    tags = [one.tag for one in slices]
    assert [tag.slot for tag in tags] == list(range(slots)) * (len(tags) // slots)
    assert [tag.sweep_id - tags[0].sweep_id for tag in tags] == [at // slots for at in range(len(tags))]


@pytest.mark.slow
def test_the_lens_steps_as_slowly_as_depth_is_computed(focussim, bench):
    bench.set(slew_steps_s=1e5, delay_s=0.003)
    sweep = SweepConfig(slots=4, far_dpt=1.0, near_dpt=9.0)
    timed = timed_by_lens(focussim, sweep=sweep, readiness=Measured(5.0))
    with timed as source, Acquisition(source) as acquisition:
        slices = read_slowly(acquisition, 8, spent_s=0.2)
        counts = acquisition.counts
    check_whole(slices, slots=4)
    assert counts.lost == 0
    assert np.median(off_dpt(slices)) < 0.08


@pytest.mark.slow
def test_a_generator_is_restarted_more_slowly_when_the_reader_turns_out_slow(focussim, bench):
    bench.set(slew_steps_s=1e5, delay_s=0.003)
    sweep = SweepConfig(slots=4, far_dpt=1.0, near_dpt=9.0)
    timed = timed_by_lens(focussim, sweep=sweep, readiness=Measured(1000.0))
    with timed as source, Acquisition(source) as acquisition:
        slices = read_slowly(acquisition, 48, spent_s=0.1)
    losses = [one.tag.slices_lost for one in slices]
    assert losses[20] > 0  # nobody could know
    assert losses[-1] == losses[-12]  # but after some slices it is known
    check_whole(slices[-(8 + 1 + slices[-1].tag.slot) : -(1 + slices[-1].tag.slot)], slots=4)
    assert np.median(off_dpt(slices[-12:])) < 0.08
    frame_ids = [one.tag.frame_id for one in slices]
    assert frame_ids == sorted(set(frame_ids))
