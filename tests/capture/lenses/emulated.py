"""Emulated lenses for tests, with everything behind them within reach."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from capture.lens import Lens
from capture.lenses.kinds import LENS_KINDS
from capture.lenses.optotune.ld import OptotuneLd, optotune_ld
from capture.lenses.serial_lens import SerialLens
from capture.lenses.setup import LensBehaviour, LensSetup, LinearFocus
from capture.lenses.varioptic import Varioptic, varioptic
from capture.simulator.lens.lens import SimulatedLens
from capture.simulator.lens.model import LensModel
from capture.simulator.lens.warm_up import WarmUp
from capture.simulator.serial_lenses.emulated_lens import emulate
from capture.simulator.serial_lenses.faults import Faults
from capture.simulator.serial_lenses.optics import EmulatedOptics
from capture.simulator.serial_lenses.optotune_ld import OptotuneLdFirmware
from capture.simulator.serial_lenses.pty_device import PtyDevice
from capture.simulator.serial_lenses.varioptic import VariopticFirmware
from focstream.clock import now_ns

KINDS = sorted(LENS_KINDS)
SERIAL_KINDS = [kind for kind in KINDS if kind != "v4l2"]
BEHAVIOUR = LensBehaviour(settle_s=0.025)


def simulated_lens(**model: float) -> SimulatedLens:
    return SimulatedLens(LensModel(**model), far_dpt=-0.25, near_dpt=5.25, warm_up=WarmUp())


def emulated(kind: str, lens: SimulatedLens, faults: Faults | None = None) -> Lens:
    return emulate(kind, LENS_KINDS[kind], lens, faults=faults)


def arrived_dpt(lens: SimulatedLens, focus_dpt: float) -> float:
    """Where the lens ends up; waits for it, because nobody knows when a busy machine gets round to it."""
    deadline_s, samples = time.monotonic() + 5, 0
    while time.monotonic() < deadline_s and samples < 8:  # not just passing by: lenses overshoot
        time.sleep(0.005)
        near = abs(lens.position_dpt(now_ns()) - focus_dpt) < 0.008
        samples = samples + 1 if near else 0
    return lens.position_dpt(now_ns())


@dataclass(frozen=True, slots=True, kw_only=True)
class LdRig:
    """A Lens Driver 4, all of it."""

    driver: SerialLens[OptotuneLd]
    firmware: OptotuneLdFirmware
    device: PtyDevice
    lens: SimulatedLens


@contextmanager
def ld_rig(*, firmware_type: str = "A", lens_attached: bool = True) -> Iterator[LdRig]:
    """A device whose driver is not entered yet."""
    lens = simulated_lens()
    firmware = OptotuneLdFirmware(
        EmulatedOptics(lens, focus=LinearFocus()), firmware_type=firmware_type, lens_attached=lens_attached
    )
    with PtyDevice(firmware) as device:
        setup = LensSetup(name="optotune-ld:test", focus=LinearFocus(), behaviour=BEHAVIOUR)
        yield LdRig(driver=optotune_ld(device.path, setup=setup), firmware=firmware, device=device, lens=lens)


@dataclass(frozen=True, slots=True, kw_only=True)
class VariopticRig:
    """A Flexiboard, all of it."""

    driver: SerialLens[Varioptic]
    firmware: VariopticFirmware
    device: PtyDevice
    lens: SimulatedLens


@contextmanager
def varioptic_rig() -> Iterator[VariopticRig]:
    """A device whose driver is not entered yet."""
    lens = simulated_lens()
    focus = LinearFocus(offset_dpt=-24 * 5.5 / 46 - 0.25, gain=5.5 / 46)
    firmware = VariopticFirmware(EmulatedOptics(lens, focus=focus))
    with PtyDevice(firmware) as device:
        setup = LensSetup(name="varioptic:test", focus=focus, behaviour=BEHAVIOUR)
        yield VariopticRig(
            driver=varioptic(device.path, setup=setup), firmware=firmware, device=device, lens=lens
        )
