"""Liquid lenses on Optotune's ICC-1C, ICC-4C or ECC-1C in pro mode, also with staircases timed there."""

import logging
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from capture.lens import LensInfo
from capture.lenses.optotune.icc_simple import BAUDS, TIMEOUT_S, IccSimpleLink
from capture.lenses.optotune.pro_link import IccProLink
from capture.lenses.periodic import Periodic
from capture.lenses.port import SerialPort
from capture.lenses.setup import LensSetup
from capture.sweep.plan import SweepPlan
from focstream.types import DeviceLostError, DeviceNotFoundError, InputError

_log = logging.getLogger(__name__)
_MAX_STAIRS = 100
_MAX_SETTLING = 0.25  # of a period of the generator


class OptotuneIccPro:
    """A `Lens` on an ICC or ECC controller in pro mode: shorter messages, and a generator in dioptres.

    Parameters
    ----------
    path
        Serial port, or ``"socket://ADDRESS:5000"``.
    setup
        Its name and what its drive (dioptres) means.

    Raises
    ------
    DeviceNotFoundError
        On entering: when the port cannot be opened, or no such controller with a lens answers on it.
    """

    def __init__(self, path: str, *, setup: LensSetup) -> None:
        self._setup = setup
        self._port = SerialPort(path, lens=setup.name, baud=BAUDS[0], timeout_s=TIMEOUT_S)
        self._simple = IccSimpleLink(self._port)
        self._link = IccProLink(self._simple.exchange)
        self._info: LensInfo | None = None
        self._temperature_c: float | None = None
        self._check = Periodic()
        self._open = ExitStack()

    @property
    def info(self) -> LensInfo:
        """What is known of the open lens; its limits are those that the controller tells."""
        if self._info is None:
            raise RuntimeError(f"{self._setup.name} is not open: use it in a with statement")
        return self._info

    @property
    def link(self) -> IccProLink:
        """The conversation with the controller."""
        return self._link

    def move(self, focus_dpt: float) -> None:
        """Ask for an object-side vergence (dioptres) and return when the controller has confirmed it.

        Raises
        ------
        InputError
            When the lens cannot focus there.
        DeviceLostError
            When the controller stopped answering, or refused.
        """
        self._link.set_focal_power(self._setup.drive_within(self.info, focus_dpt))

    def temperature_c(self) -> float | None:
        """Temperature of the lens, at most a second old."""
        if self._check.due():
            self._temperature_c = self._link.temperature_c()
        return self._temperature_c

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
        self._link.run_staircase(
            lowest_dpt=limits[0],
            highest_dpt=limits[1],
            stairs=plan.slots,
            rate_hz=1 / period_s,
            settling_s=settle_s,
        )

    def stop_staircase(self) -> None:
        """Stop where it is; `move` works again."""
        self._link.hold()

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            opening.enter_context(self._port)
            try:
                self._simple.start()
                lowest_dpt, highest_dpt = self._simple.limits_dpt()
                self._simple.go_pro()
                opening.callback(self._close)
                self._link.hold()
            except DeviceLostError as error:
                raise DeviceNotFoundError(f"no Optotune ICC or ECC answers: {error}") from error
            self._info = self._setup.info(lowest=lowest_dpt, highest=highest_dpt)
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, set the current to 0, go back to simple mode and close."""
        self._open.__exit__(kind, error, trace)

    def _close(self) -> None:
        self._info = None
        try:
            self._link.switch_off()
        except DeviceLostError as error:
            _log.warning("%s could not be switched off: %s", self._setup.name, error)
