"""The facts about a lens that its driver must be given, because the lens does not report them."""

from dataclasses import dataclass

from capture.lens import LensInfo
from focstream.types import InputError

_SLACK_DPT = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearFocus:
    """Object-side vergence from the drive of the lens: D = offset + gain · drive.

    A thin liquid lens before a camera focused at infinity has offset 0 and gain 1 when driven in dioptres.

    Attributes
    ----------
    offset_dpt
        Vergence at drive 0.
    gain
        Dioptres for each unit of the drive (dioptre, milliampere, volt or step); negative when the focus goes
        farther as the drive grows.
    """

    offset_dpt: float = 0.0
    gain: float = 1.0

    def focus_dpt(self, drive: float) -> float:
        """Vergence at a drive."""
        return self.offset_dpt + self.gain * drive

    def drive(self, focus_dpt: float) -> float:
        """Drive for a vergence."""
        return (focus_dpt - self.offset_dpt) / self.gain


@dataclass(frozen=True, slots=True, kw_only=True)
class LensBehaviour:
    """How a lens moves; see `LensInfo`."""

    settle_s: float
    latency_s: float = 0.0
    hysteresis_dpt: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LensSetup:
    """All that a driver needs besides the port.

    Attributes
    ----------
    name
        Name for messages, such as ``"optotune-ld:/dev/ttyACM0"``.
    focus
        Meaning of its drive.
    behaviour
        How it moves.
    is_metric
        True when that meaning is in dioptres; else it is a coordinate, 0 far … 1 near.
    temperature_limits_c
        Lowest and highest temperature at which it is to be used; some controllers ask for them.
    """

    name: str
    focus: LinearFocus
    behaviour: LensBehaviour
    is_metric: bool = True
    temperature_limits_c: tuple[float, float] = (10.0, 50.0)

    def info(self, *, lowest: float, highest: float) -> LensInfo:
        """Put together what is known of the lens, given the limits of its drive."""
        far_dpt, near_dpt = sorted((self.focus.focus_dpt(lowest), self.focus.focus_dpt(highest)))
        return LensInfo(
            name=self.name,
            far_dpt=far_dpt,
            near_dpt=near_dpt,
            settle_s=self.behaviour.settle_s,
            latency_s=self.behaviour.latency_s,
            hysteresis_dpt=self.behaviour.hysteresis_dpt,
            is_metric=self.is_metric,
        )

    def drive_within(self, info: LensInfo, focus_dpt: float) -> float:
        """Drive for a vergence.

        Raises
        ------
        InputError
            When the lens cannot focus there.
        """
        if not info.far_dpt - _SLACK_DPT <= focus_dpt <= info.near_dpt + _SLACK_DPT:
            raise InputError(
                f"lens {self.name} cannot focus at {focus_dpt:g} dpt: its range is {info.far_dpt:.4g} to "
                f"{info.near_dpt:.4g} dpt; choose --sweep.far-dpt and --sweep.near-dpt within it"
            )
        return self.focus.drive(min(max(focus_dpt, info.far_dpt), info.near_dpt))
