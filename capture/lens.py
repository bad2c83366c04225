"""What a lens is to focstream: anything that can be asked to focus somewhere."""

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

SHORT_WAY = 0.1
"""Share of a lens' range that `LensInfo.settle_s` is for, where `LensInfo.flyback_s` is for the whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LensInfo:
    """What is known of a lens.

    Attributes
    ----------
    name
        For messages, such as ``"sim"`` or ``"optotune-ld:/dev/ttyACM0"``.
    far_dpt, near_dpt
        Limits of the object-side vergence it can focus at.
    settle_s
        From a command until the focus stays within its tolerance, command latency included.
    latency_s
        By how much the focus lags behind a moving command (τ in D(t) = D_commanded(t − τ)).
    hysteresis_dpt
        Difference of the focus reached from the near and from the far side.
    flyback_s
        From one limit to the other until settled, where `settle_s` is for a tenth of that way only.
    is_metric
        Whether its dioptres are dioptres; else they are a coordinate, 0 far … 1 near.
    """

    name: str
    far_dpt: float
    near_dpt: float
    settle_s: float
    latency_s: float = 0.0
    hysteresis_dpt: float = 0.0
    flyback_s: float | None = None
    is_metric: bool = True

    def settle_after_s(self, step_dpt: float) -> float:
        """Time to settle after a step, in proportion where both a short and the longest way are known."""
        share = abs(step_dpt) / (self.near_dpt - self.far_dpt)
        if self.flyback_s is None or share <= SHORT_WAY:
            return self.settle_s
        return self.settle_s + (self.flyback_s - self.settle_s) * (share - SHORT_WAY) / (1 - SHORT_WAY)


class Lens(Protocol):
    """A focus that can be moved: a liquid lens on a serial port, or a node on the camera. Assumes no port."""

    @property
    def info(self) -> LensInfo:
        """What is known of the open lens."""
        ...

    def move(self, focus_dpt: float) -> None:
        """Ask for an object-side vergence (dioptres) and return at once.

        Raises
        ------
        DeviceLostError
            When the lens stopped answering.
        """
        ...

    def temperature_c(self) -> float | None:
        """Temperature of the lens, where it has a sensor; must not take longer than a move."""
        ...

    def __enter__(self) -> Self:
        """Open; a failed open undoes itself."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the lens in a safe state."""
        ...


@runtime_checkable
class TellsSettled(Protocol):
    """A lens that can be asked whether it is at rest; of any other, `LensInfo.settle_s` is waited for."""

    def settled(self) -> bool:
        """Return whether the focus has come to rest where it was asked to; must not take longer than a move.

        Raises
        ------
        DeviceLostError
            When the lens stopped answering.
        """
        ...


@runtime_checkable
class OwnFocus(Protocol):
    """The focus of a camera itself: what the camera reports of its focus with an image is about this lens."""

    def told_dpt(self, focus_dpt: float) -> float:
        """Object-side vergence of what the camera reported (`CameraFrame.focus_dpt`)."""
        ...
