"""The focus by which a profile corrects a slice: one for all slices of a slot, as long as it is near."""

from dataclasses import replace

import numpy as np

from calibration.apply.profile import CalibrationProfile, names_profile
from focstream.types import FocusScale, InputError, Scale, SliceTag

_MOST_STALE_PX = 0.2
_MOST_STALE_SHARE = 1 / 510  # of the brightness: half a grey level of 8 bits at full scale

CorrectedAt = tuple[tuple[int, int, float], ...]
"""Slot, direction, and the focus in dioptres by which slices of it are corrected."""


class SlotFocus:
    """Knows by which focus the slices of each slot are corrected: computing it anew for each takes too long.

    It is the focus of the first slice, until the picture of one would have another size or shading.

    Parameters
    ----------
    profile
        Of the device; None where nothing is corrected.
    known
        What was known after the slices before.
    """

    def __init__(self, profile: CalibrationProfile | None, *, known: CorrectedAt = ()) -> None:
        self._profile = profile
        self._at = {(slot, direction): focus_dpt for slot, direction, focus_dpt in known}

    @property
    def known(self) -> CorrectedAt:
        """What is known now."""
        return tuple((slot, direction, focus_dpt) for (slot, direction), focus_dpt in self._at.items())

    def of(self, tag: SliceTag) -> float | None:
        """Return the focus by which the next slice is corrected; None where its own is not known.

        Parameters
        ----------
        tag
            Of the slice, with the focus that `in_dioptres` gave it.
        """
        if tag.focus_dpt is None:
            return None
        key = (tag.slot, tag.direction)
        before_dpt = self._at.get(key)
        if before_dpt is None or self._is_stale(before_dpt, tag.focus_dpt):
            self._at[key] = tag.focus_dpt
        return self._at[key]

    def _is_stale(self, before_dpt: float, focus_dpt: float) -> bool:
        """Whether the slot is now focused so much elsewhere that its picture has another size or shading."""
        if self._profile is None:
            return False
        breathing, flatfield = self._profile.breathing, self._profile.flatfield
        if flatfield is not None and flatfield.change(before_dpt, focus_dpt) > _MOST_STALE_SHARE:
            return True
        if breathing is None:
            return False
        change = abs(breathing.scale(focus_dpt) - breathing.scale(before_dpt))
        return change * float(np.hypot(breathing.width_px, breathing.height_px)) / 2.0 > _MOST_STALE_PX


def in_dioptres(
    tag: SliceTag, told: Scale | None, profile: CalibrationProfile
) -> tuple[SliceTag, Scale | None]:
    """Correct the focus of a slice that was taken without a profile; that of one taken with this one stays.

    Parameters
    ----------
    tag, told
        Of the slice, and its scale.
    profile
        Of the device.

    Raises
    ------
    InputError
        When another profile has corrected it: what the lens was told is not known any more.
    """
    focus = profile.focus
    if focus is None or tag.focus_dpt is None or not isinstance(told, FocusScale):
        return tag, told
    if told.calibration_id == profile.calibration_id:
        return tag, told
    if names_profile(told.calibration_id):
        raise InputError(
            f"the slices were focused by {told.calibration_id}; {profile.calibration_id} cannot correct them "
            "once more: leave --profile out, or give that one"
        )
    half = 0.0 if profile.timing is None else profile.timing.hysteresis / 2.0
    command = tag.focus_dpt - tag.direction * half
    scale = FocusScale(
        far_dpt=max(focus.to_dpt(told.far_dpt), 0.0),
        near_dpt=focus.to_dpt(told.near_dpt),
        level=profile.level,
        calibration_id=profile.calibration_id,
    )
    focus_dpt = focus.to_dpt(command, temperature_c=tag.temperature_c)
    return replace(tag, focus_dpt=focus_dpt, sweep_coordinate=scale.to_coordinate(focus_dpt)), scale
