"""A simulated lens that moves as a real one does."""

from collections.abc import Callable
from threading import Lock
from typing import Self

from capture.lens import LensInfo
from capture.simulator.lens.dynamics import LensDynamics
from capture.simulator.lens.model import LensModel
from capture.simulator.lens.warm_up import WarmUp
from focstream.clock import now_ns
from focstream.types import InputError

_TOLERANCE_DPT = 0.02


class SimulatedLens:
    """A `Lens` whose true focus is known at any time.

    It rests at its far limit until it is first moved. One thread may move it while another asks where it is.

    Parameters
    ----------
    model
        How it moves.
    far_dpt, near_dpt
        Limits of what it can be asked for; below 0 it focuses beyond infinity, as real lenses can.
    warm_up
        Temperature and drift; without, it reports no temperature.
    clock
        Host clock in nanoseconds.
    """

    def __init__(
        self,
        model: LensModel | None = None,
        *,
        far_dpt: float = 0.0,
        near_dpt: float = 5.0,
        warm_up: WarmUp | None = None,
        clock: Callable[[], int] = now_ns,
    ) -> None:
        if not far_dpt < near_dpt:
            raise InputError(f"a lens needs far_dpt < near_dpt, got {far_dpt} and {near_dpt} dpt")
        self._model = model or LensModel()
        self._dynamics = LensDynamics(self._model, start_dpt=far_dpt)
        self._far_dpt, self._near_dpt = far_dpt, near_dpt
        self._warm_up = warm_up
        self._clock = clock
        self._lock = Lock()
        self._start_ns = clock()
        settle_s = self._model.settle_s(near_dpt - far_dpt, tolerance_dpt=_TOLERANCE_DPT)
        self._info = LensInfo(
            name="sim",
            far_dpt=far_dpt,
            near_dpt=near_dpt,
            settle_s=settle_s,
            latency_s=self._model.latency_s,
            hysteresis_dpt=self._model.hysteresis_dpt,
        )

    @property
    def info(self) -> LensInfo:
        """What is known of the lens; it settles to 0.02 dpt after a step over its whole range."""
        return self._info

    def move(self, focus_dpt: float) -> None:
        """Ask for an object-side vergence (dioptres) and return at once.

        Raises
        ------
        InputError
            When the lens cannot focus there.
        """
        if not self._far_dpt <= focus_dpt <= self._near_dpt:
            raise InputError(
                f"lens sim cannot focus at {focus_dpt:g} dpt: its range is {self._far_dpt:g} to "
                f"{self._near_dpt:g} dpt; ask for a focus within it, or widen the simulator's range"
            )
        with self._lock:
            self._dynamics.command(focus_dpt, time_ns=self._clock())

    def temperature_c(self) -> float | None:
        """Temperature; None when no warming up is simulated."""
        return None if self._warm_up is None else self._warm_up.temperature_c(self._clock() - self._start_ns)

    def position_dpt(self, time_ns: int) -> float:
        """Return the true focus at a time on the host clock, as no real lens does."""
        drift_dpt = 0.0 if self._warm_up is None else self._warm_up.offset_dpt(time_ns - self._start_ns)
        with self._lock:
            return self._dynamics.position_dpt(time_ns) + drift_dpt

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Stay where it is: nothing can go wrong with a simulated lens."""
