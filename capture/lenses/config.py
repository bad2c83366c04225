"""The options that describe the lens (``--focus.*``)."""

from pydantic import Field, field_validator

from capture.lenses.setup import LensBehaviour, LinearFocus
from focstream.frozen_model import FrozenModel


class LensConfig(FrozenModel):
    """The meaning of the lens' drive, and how the lens moves."""

    offset_dpt: float | None = Field(default=None, ge=-1000, le=1000)
    """Vergence (1/m) that the camera is focused at when the lens is driven with 0; together with gain."""
    gain: float | None = Field(default=None, ge=-1e6, le=1e6)
    """Change of the vergence with the drive (dpt, mA, V, or the share 0…1 of a motor's range).
    With offset and gain given, depth is in metres; without, it is the position in the sweep."""
    settle_s: float | None = Field(default=None, gt=0, le=600)
    """Time from a command until the focus is still. Default: that of the kind of lens."""
    latency_s: float | None = Field(default=None, ge=0, le=60)
    """Lag behind a moving command. Default: 0."""
    hysteresis_dpt: float | None = Field(default=None, ge=0, le=100)
    """Difference of the focus reached from the near and from the far side. Default: 0."""
    min_temperature_c: float = Field(default=10.0, ge=-40, le=100)
    """Lowest temperature of use: the Lens Driver 4 offers what it can reach at all of them."""
    max_temperature_c: float = Field(default=50.0, ge=-40, le=100)
    """Highest temperature of use."""

    @field_validator("gain")
    @classmethod
    def _moves(cls, gain: float | None) -> float | None:
        if gain == 0.0:
            raise ValueError("a lens of gain 0 does not focus: leave gain and offset out, or measure them")
        return gain

    @property
    def is_metric(self) -> bool:
        """True when the user has given the meaning of the drive, so that depth is in metres."""
        return self.offset_dpt is not None and self.gain is not None

    def focus(self, nominal: LinearFocus) -> LinearFocus:
        """Return the meaning of the drive; `nominal` where the user does not give it."""
        if self.offset_dpt is None or self.gain is None:
            return nominal
        return LinearFocus(offset_dpt=self.offset_dpt, gain=self.gain)

    def behaviour(self, usual: LensBehaviour) -> LensBehaviour:
        """Return how the lens moves; `usual` where the user does not give it."""
        return LensBehaviour(
            settle_s=usual.settle_s if self.settle_s is None else self.settle_s,
            latency_s=usual.latency_s if self.latency_s is None else self.latency_s,
            hysteresis_dpt=usual.hysteresis_dpt if self.hysteresis_dpt is None else self.hysteresis_dpt,
        )
