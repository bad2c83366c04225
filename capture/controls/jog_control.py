"""The lens held at one focus while depth is paused."""

from capture.controls.read_number import number_text, read_number
from capture.controls.rig import Rig, RigState
from capture.controls.sweep_control import metres_text, within
from focstream.control.control import ControlState
from focstream.control.pause import Pause
from focstream.types import InputError


class JogControl:
    """A control of the lens: a focus, in the lens' unit or in metres, to hold it there; empty to sweep again.

    Parameters
    ----------
    rig
        Camera and lens, which have been open.
    pause
        Must be on; it does not end while the lens is held.
    """

    def __init__(self, rig: Rig, pause: Pause) -> None:
        self._rig, self._pause = rig, pause
        pause.held_by = self._held_by

    @property
    def state(self) -> ControlState:
        """Where the lens is held, and where it can be."""
        state = self._known()
        held = state.held_dpt
        note = "" if held is None or not state.is_metric else metres_text(held)
        if held is None and not self._pause.is_asked:
            note = "while depth is paused"
        return ControlState(
            value="" if held is None else number_text(held),
            unit=state.unit,
            lowest=state.far_dpt,
            highest=state.near_dpt,
            note=note,
        )

    def change(self, value: str) -> None:
        """Hold the lens there when the sweep in hand has ended; let it sweep again for an empty value.

        Raises
        ------
        InputError
            When depth is not paused, or the lens cannot be there.
        """
        if not value.strip():
            self._rig.ask("lens", lambda sweep: sweep.hold(None))
            return
        state = self._known()
        if not self._pause.is_asked:
            raise InputError("lens: pause depth first; the lens sweeps for it")
        focus_dpt = within(_in_unit(value, state), state, what="lens", lowest=state.far_dpt)
        self._rig.ask("lens", lambda sweep: sweep.hold(focus_dpt))

    def _known(self) -> RigState:
        if self._rig.state is None:
            raise InputError("lens: it has not been open yet")
        return self._rig.state

    def _held_by(self) -> str:
        held = self.state
        return f"the lens is held at {held.text}" if held.value else ""


def _in_unit(value: str, state: RigState) -> str:
    """Return a focus that may be in metres as one in the lens' unit."""
    if not value.strip().endswith("m"):
        return value
    if not state.is_metric:
        raise InputError(
            "lens: its focus is not known in metres; give it a --profile, or a focus without unit"
        )
    metres = read_number("lens", value, unit="m")
    if metres <= 0.0:
        raise InputError(f"lens: takes a distance above 0 m; got {value[:60]!a}")
    return repr(1.0 / metres)
