"""What a lens is to focstream: anything that can be asked to focus somewhere."""

from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self


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
    """

    name: str
    far_dpt: float
    near_dpt: float
    settle_s: float
    latency_s: float = 0.0
    hysteresis_dpt: float = 0.0


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
        """Temperature of the lens where it tells; must not take longer than a move."""
        ...

    def __enter__(self) -> Self:
        """Open; a failed open undoes itself."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the lens in a safe state."""
        ...
