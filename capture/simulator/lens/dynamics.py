"""Where the focus really is, at any time, given the commands so far."""

from bisect import bisect_right
from dataclasses import dataclass

from capture.simulator.lens.model import LensModel

_MAX_SEGMENTS = 4096
_NS = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class _Segment:
    """State of the lens when its target last changed."""

    start_ns: int
    focus_dpt: float
    speed_dpt_s: float
    target_dpt: float


class LensDynamics:
    """Exact motion of a modelled lens between commands: no time steps, so any time may be asked for.

    Each command starts a segment with a constant target, whose first state is the end of the segment before.
    Only the newest segments are kept.

    Parameters
    ----------
    model
        How it moves.
    start_dpt
        Where it rests before the first command.
    """

    def __init__(self, model: LensModel, *, start_dpt: float) -> None:
        self._model = model
        self._segments = [_Segment(start_ns=0, focus_dpt=start_dpt, speed_dpt_s=0.0, target_dpt=start_dpt)]

    def command(self, focus_dpt: float, *, time_ns: int) -> None:
        """Take a command that was given at `time_ns`.

        Raises
        ------
        ValueError
            When it is older than the command before.
        """
        start_ns = time_ns + round(self._model.delay_s / _NS)
        last = self._segments[-1]
        if start_ns < last.start_ns:
            raise ValueError(f"commands must come in order of time: {last.start_ns - start_ns} ns too early")
        focus, speed_dpt_s = self._state(last, time_ns=start_ns)
        target_dpt = self._model.after_backlash(last.target_dpt, command_dpt=focus_dpt)
        self._segments.append(
            _Segment(start_ns=start_ns, focus_dpt=focus, speed_dpt_s=speed_dpt_s, target_dpt=target_dpt)
        )
        if len(self._segments) > 2 * _MAX_SEGMENTS:
            del self._segments[:_MAX_SEGMENTS]

    def position_dpt(self, time_ns: int) -> float:
        """Focus at a time; commands that arrive later do not count.

        Raises
        ------
        ValueError
            When the commands of that time are already forgotten (thousands of commands ago).
        """
        index = bisect_right(self._segments, time_ns, key=lambda segment: segment.start_ns) - 1
        if index < 0:
            raise ValueError(f"the motion of the lens at {time_ns} ns is forgotten: ask for newer times")
        return self._state(self._segments[index], time_ns=time_ns)[0]

    def _state(self, segment: _Segment, *, time_ns: int) -> tuple[float, float]:
        error_dpt, speed_dpt_s = self._model.step(
            segment.focus_dpt - segment.target_dpt,
            segment.speed_dpt_s,
            elapsed_s=(time_ns - segment.start_ns) * _NS,
        )
        return segment.target_dpt + error_dpt, speed_dpt_s
