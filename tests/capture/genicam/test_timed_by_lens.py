"""An emulated ICC controller steps its lens and triggers the simulated GenICam camera through its input."""

import ctypes
import itertools

import numpy as np

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


def test_the_focus_in_the_tag_is_the_focus_in_the_picture(focussim, bench):
    bench.set(slew_steps_s=1e5, delay_s=0.003, drop_percent=5)
    config = GenicamConfig(timing="hardware", height_px=64, exposure_us=2000.0)
    camera = GenicamCamera(cti_files=[focussim], config=config)
    lens = LensBefore(focussim)
    firmware = OptotuneIccFirmware(EmulatedOptics(lens, focus=LinearFocus()), on_pulse=lens.pulse)
    setup = LensSetup(name="icc", focus=LinearFocus(), behaviour=LensBehaviour(settle_s=0.025))
    with PtyDevice(firmware) as device:
        driver = optotune_icc_pro(device.path, setup=setup)
        sweep = SweepConfig(slots=8, far_dpt=1.0, near_dpt=9.0)
        source = LiveSweep(camera, driver, sweep=sweep, level="approximate")
        with Acquisition(source) as acquisition:
            slices = list(itertools.islice(acquisition, 40))
            counts = acquisition.counts
    errors_dpt = [abs(one.tag.focus_dpt - sharpest_dpt(one.image)) for one in slices]
    assert np.median(errors_dpt) < 0.08
    assert np.mean([error < 0.5 for error in errors_dpt]) > 0.9  # half a slot; a busy machine may step late
    assert counts.gaps > 0
    assert {one.tag.slot for one in slices} == set(range(8))
