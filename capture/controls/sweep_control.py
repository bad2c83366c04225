"""Range and slots of the sweep."""

from capture.controls.read_number import number_text, read_number
from capture.controls.rig import Rig, RigState
from capture.sweep.plan import FEWEST_SLOTS, MOST_SLOTS
from focstream.control.control import ControlState
from focstream.types import InputError

_ROUNDING = 1e-5
"""Of a limit, as a share: it was written with six digits."""


class RangeControl:
    """A control of the far and the near limit, "FAR NEAR" in the lens' unit, of the sweeps to come.

    Parameters
    ----------
    rig
        Camera and lens, which have been open.
    """

    def __init__(self, rig: Rig) -> None:
        self._rig = rig

    @property
    def state(self) -> ControlState:
        """The limits, and those of the lens."""
        state = _known(self._rig, "range")
        far, near = state.plan.far_dpt, state.plan.near_dpt
        return ControlState(
            value=f"{number_text(far)} {number_text(near)}",
            unit=state.unit,
            lowest=max(state.far_dpt, 0.0),
            highest=state.near_dpt,
            note=f"now {_metres_range(far, near)}" if state.is_metric else "",
        )

    def change(self, value: str) -> None:
        """Sweep between these limits after the sweep in hand, and return when that is sure.

        Raises
        ------
        InputError
            When the lens or its calibration does not reach so far, or the limits are no range.
        """
        state = _known(self._rig, "range")
        texts = value.removesuffix(state.unit).split()
        if len(texts) != 2:
            raise InputError(f"range: takes the far and the near limit, as in '0.5 4'; got {value[:60]!a}")
        far, near = (within(text, state, what="range", lowest=max(state.far_dpt, 0.0)) for text in texts)
        if not far < near:
            raise InputError(
                f"range: the far limit {number_text(far)} must be below the near one {number_text(near)}, "
                "for it is the smaller vergence"
            )
        self._rig.ask("range", lambda sweep: sweep.replan(far_dpt=far, near_dpt=near))


class SlotsControl:
    """A control of the slices in a sweep, from the next one on.

    Parameters
    ----------
    rig
        Camera and lens, which have been open.
    """

    def __init__(self, rig: Rig) -> None:
        self._rig = rig

    @property
    def state(self) -> ControlState:
        """How many."""
        slots = str(_known(self._rig, "slots").plan.slots)
        return ControlState(value=slots, lowest=FEWEST_SLOTS, highest=MOST_SLOTS, step=1.0)

    def change(self, value: str) -> None:
        """Take so many after the sweep in hand, and return when that is sure.

        Raises
        ------
        InputError
            When it is no such number, or camera and lens cannot do it.
        """
        number = read_number("slots", value)
        if number != round(number) or not FEWEST_SLOTS <= number <= MOST_SLOTS:
            raise InputError(
                f"slots: takes a whole number, {FEWEST_SLOTS} … {MOST_SLOTS}; got {value[:60]!a}"
            )
        self._rig.ask("slots", lambda sweep: sweep.replan(slots=int(number)))


def within(text: str, state: RigState, *, what: str, lowest: float) -> float:
    """Return a focus that the lens can be sent to.

    Raises
    ------
    InputError
        When it is none; names the limits.
    """
    focus = read_number(what, text, unit=state.unit)
    slack = _ROUNDING * max(abs(lowest), abs(state.near_dpt))
    if not lowest - slack <= focus <= state.near_dpt + slack:
        limits = f"{number_text(lowest)} … {number_text(state.near_dpt)} {state.unit}".rstrip()
        raise InputError(f"{what}: {state.lens} {state.limited_by} {limits}; got {number_text(focus)}")
    return min(max(focus, lowest), state.near_dpt)


def metres_text(focus_dpt: float) -> str:
    """Write the distance of a focus."""
    return "infinity" if focus_dpt <= 0.0 else f"{1 / focus_dpt:.4g} m"


def _metres_range(far_dpt: float, near_dpt: float) -> str:
    """Write both distances, with the unit once."""
    near, far = metres_text(near_dpt), metres_text(far_dpt)
    return f"{near.removesuffix(' m') if far.endswith(' m') else near} … {far}"


def _known(rig: Rig, what: str) -> RigState:
    if rig.state is None:
        raise InputError(f"{what}: camera and lens have not been open yet")
    return rig.state
