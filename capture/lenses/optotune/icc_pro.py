"""Liquid lenses on Optotune's ICC-1C, ICC-4C or ECC-1C in pro mode, also with staircases timed there."""

from capture.lenses.optotune.icc import OptotuneIcc, icc_port
from capture.lenses.optotune.pro_link import IccProLink
from capture.lenses.port import SerialPort
from capture.lenses.serial_lens import SerialLens
from capture.lenses.setup import LensSetup
from capture.sweep.plan import SweepPlan
from focstream.types import InputError

_MAX_STAIRS = 100
_MAX_SETTLING = 0.25  # of a period of the generator


class OptotuneIccPro:
    """One controller in pro mode (`LensController`): shorter messages, and a generator in dioptres.

    Attributes
    ----------
    link
        The conversation with the controller in pro mode.
    """

    no_answer = OptotuneIcc.no_answer

    def __init__(self, port: SerialPort) -> None:
        self._simple = OptotuneIcc(port)
        self._limits_dpt = (0.0, 0.0)
        self.link = IccProLink(self._simple.exchange)

    def greet(self) -> None:
        """Shake hands and ask for the limits in simple mode, then change to pro mode."""
        self._simple.greet()
        self._limits_dpt = self._simple.limits()
        self._simple.go_pro()

    def limits(self) -> tuple[float, float]:
        """Stop the generator; return the lowest and highest focal power (dioptres)."""
        self.link.hold()
        return self._limits_dpt

    def move(self, drive: float) -> None:
        """Set the focal power (dioptres)."""
        self.link.set_focal_power(drive)

    def temperature_c(self) -> float:
        """Ask for the temperature of the lens."""
        return self.link.temperature_c()

    def switch_off(self) -> None:
        """Stop the generator, set the current to 0, and go back to simple mode."""
        self.link.switch_off()


class StaircaseLens(SerialLens[OptotuneIccPro]):
    """A `SerialLens` in pro mode, whose controller can also step by itself (`TimesStaircase`)."""

    def start_staircase(self, plan: SweepPlan, *, slot_s: float) -> None:
        """Step through the slots of a plan, far to near and again, timed by the controller's own clock.

        A trigger pulse on the controller's output starts the exposure of every slot, a settle time after its
        step.

        Parameters
        ----------
        plan
            Its limits and its slots are used.
        slot_s
            From slot to slot.

        Raises
        ------
        InputError
            When the lens or the controller cannot do it.
        DeviceLostError
            When the controller stopped answering, or refused.
        """
        limits = [self._setup.drive_within(self.info, dpt) for dpt in (plan.far_dpt, plan.near_dpt)]
        settle_s, period_s = self.info.settle_s, plan.slots * slot_s
        if plan.slots > _MAX_STAIRS or settle_s >= slot_s or settle_s > _MAX_SETTLING * period_s:
            raise InputError(
                f"{self._setup.name} cannot step through {plan.slots} slots of {slot_s:g} s: at most "
                f"{_MAX_STAIRS} slots, each longer than the settle time of {settle_s:g} s, which may take at "
                "most a quarter of the sweep; choose --sweep.slots and --sweep.rate-hz to fit"
            )
        self.controller.link.run_staircase(
            lowest_dpt=limits[0],
            highest_dpt=limits[1],
            stairs=plan.slots,
            rate_hz=1 / period_s,
            settling_s=settle_s,
        )

    def stop_staircase(self) -> None:
        """Stop where it is; `move` works again."""
        self.controller.link.hold()


def optotune_icc_pro(path: str, *, setup: LensSetup) -> StaircaseLens:
    """Make the lens on a serial port, or on ``"socket://ADDRESS:5000"``. Its drive is in dioptres."""
    port = icc_port(path, setup=setup)
    return StaircaseLens(port, OptotuneIccPro(port), setup=setup)
