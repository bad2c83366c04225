"""``--lens KIND:sim``: the real driver of a lens, talking to an emulated controller."""

from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from capture.lens import Lens, LensInfo
from capture.lenses.kinds import LensKind
from capture.lenses.setup import LensBehaviour, LensSetup, LinearFocus
from capture.lenses.v4l2 import v4l2_lens
from capture.simulator.lens.lens import SimulatedLens
from capture.simulator.serial_lenses.faults import Faults
from capture.simulator.serial_lenses.firmware import Firmware
from capture.simulator.serial_lenses.optics import EmulatedOptics
from capture.simulator.serial_lenses.optotune_icc import OptotuneIccFirmware
from capture.simulator.serial_lenses.optotune_ld import OptotuneLdFirmware
from capture.simulator.serial_lenses.pty_device import PtyDevice
from capture.simulator.serial_lenses.v4l2 import V4l2Focus
from capture.simulator.serial_lenses.varioptic import VariopticFirmware
from capture.sweep.plan import SweepPlan
from capture.sweep.timed_staircase import TimesStaircase
from focstream.types import InputError

_FIRMWARES: dict[str, Callable[[EmulatedOptics], Firmware]] = {
    "optotune-ld": OptotuneLdFirmware,
    "optotune-ld-current": lambda optics: OptotuneLdFirmware(optics, by_current=True),
    "optotune-icc": OptotuneIccFirmware,
    "optotune-icc-pro": OptotuneIccFirmware,
    "varioptic": VariopticFirmware,
}
_FULL_DRIVE = {"optotune-ld-current": (-292.84, 292.84), "varioptic": (24.0, 70.0), "v4l2": (0.0, 1.0)}


class EmulatedLens:
    """A `Lens`: a driver and, at the other end of a pseudo-terminal, an emulated controller.

    Parameters
    ----------
    firmware
        The controller.
    make
        Makes the driver, given the path of the port.
    faults
        What goes wrong.
    """

    def __init__(
        self, firmware: Firmware, *, make: Callable[[str], Lens], faults: Faults | None = None
    ) -> None:
        self.device = PtyDevice(firmware, faults=faults)
        self._make = make
        self._lens: Lens | None = None
        self._open = ExitStack()

    @property
    def info(self) -> LensInfo:
        """What the driver knows of the open lens."""
        return self._opened().info

    def move(self, focus_dpt: float) -> None:
        """Ask for an object-side vergence (dioptres), as the driver does."""
        self._opened().move(focus_dpt)

    def temperature_c(self) -> float | None:
        """Temperature of the lens, as the driver does."""
        return self._opened().temperature_c()

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            opening.enter_context(self.device)
            self._lens = opening.enter_context(self._make(self.device.path))
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the driver, then pull the plug."""
        self._lens = None
        self._open.__exit__(kind, error, trace)

    def _opened(self) -> Lens:
        if self._lens is None:
            raise RuntimeError("the emulated lens is not open: use it in a with statement")
        return self._lens


class EmulatedGenerator(EmulatedLens):
    """An `EmulatedLens` whose controller also steps by itself (`TimesStaircase`)."""

    def start_staircase(self, plan: SweepPlan, *, slot_s: float) -> None:
        """Step through the slots, as the driver does."""
        self._timed().start_staircase(plan, slot_s=slot_s)

    def stop_staircase(self) -> None:
        """Stop, as the driver does."""
        self._timed().stop_staircase()

    def _timed(self) -> TimesStaircase:
        lens = self._opened()
        assert isinstance(lens, TimesStaircase)
        return lens


def make_firmware(
    name: str, lens: SimulatedLens, *, on_pulse: Callable[[int], None] | None = None
) -> Firmware:
    """Make the emulated controller of a kind of serial lens, which moves `lens` over its whole range.

    Raises
    ------
    InputError
        When there is no such kind on a serial port.
    """
    if name not in _FIRMWARES:
        raise InputError(f"no emulated controller {name} on a serial port; there is {', '.join(_FIRMWARES)}")
    optics = EmulatedOptics(lens, focus=_focus(name, lens))
    if name == "optotune-icc-pro":
        return OptotuneIccFirmware(optics, on_pulse=on_pulse)
    return _FIRMWARES[name](optics)


def emulate(
    name: str,
    kind: LensKind,
    lens: SimulatedLens,
    *,
    faults: Faults | None = None,
    on_pulse: Callable[[int], None] | None = None,
) -> Lens:
    """Make an emulated lens whose controller drives `lens`, not yet entered.

    The driver knows the truth about what moves behind it: the meaning of its drive, and the behaviour.

    Parameters
    ----------
    name
        Kind of lens, a key of `capture.lenses.kinds.LENS_KINDS`.
    kind
        That kind.
    lens
        The lens that moves, for example the simulated camera's own.
    faults
        What goes wrong.
    on_pulse
        Called with the time of every trigger pulse of a controller that puts them out.
    """
    focus = _focus(name, lens)
    setup = LensSetup(name=f"{name}:sim", focus=focus, behaviour=_behaviour(lens))
    if name == "v4l2":
        device = V4l2Focus(EmulatedOptics(lens, focus=focus), faults=faults)
        return v4l2_lens("sim", setup=setup, ioctl=device.ioctl)
    firmware = make_firmware(name, lens, on_pulse=on_pulse)
    emulated = EmulatedGenerator if name == "optotune-icc-pro" else EmulatedLens
    return emulated(firmware, make=lambda path: kind.make(path, setup), faults=faults)


def _focus(name: str, lens: SimulatedLens) -> LinearFocus:
    """Let the full drive of the controller move the lens over its whole range."""
    if name not in _FULL_DRIVE:
        return LinearFocus()
    lowest, highest = _FULL_DRIVE[name]
    gain = (lens.info.near_dpt - lens.info.far_dpt) / (highest - lowest)
    return LinearFocus(offset_dpt=lens.info.far_dpt - gain * lowest, gain=gain)


def _behaviour(lens: SimulatedLens) -> LensBehaviour:
    return LensBehaviour(
        settle_s=lens.info.settle_s,
        latency_s=lens.info.latency_s,
        hysteresis_dpt=lens.info.hysteresis_dpt,
    )
