"""Apply a profile: slices as if the lens neither breathed nor shaded, maps as if its field were flat."""

import logging
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.apply.alignment.similarity import Similarity
from calibration.apply.parts import FocusPart
from calibration.apply.profile import CalibrationProfile, names_profile
from calibration.apply.resampling import Resampling
from calibration.apply.slot_focus import CorrectedAt, SlotFocus, in_dioptres
from focstream.depth_update import DepthUpdate
from focstream.focal_slice import Image
from focstream.types import FocalSlice, FocusScale, HeightScale, InputError

_log = logging.getLogger(__name__)

_VARIANCE_KNOTS = 9
_ACTIVE_PLANS, _ACTIVE_PIXELS = 4, 2**24
"""Plans that are kept for slices of active sweeps: so many, and more while they have no more pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _SlotPlan:
    """What is done to all slices of one slot: computed once."""

    focus_dpt: float
    resampling: Resampling | None
    gain: NDArray[np.float32] | None


class Rectifier:
    """Corrects slices before depth is estimated, and depth maps after. Without a profile it does nothing.

    Parameters
    ----------
    profile
        Of the device that the slices come from; None leaves everything as it is.
    corrected_at
        Of slices before these, as `SlotFocus` has it.
    """

    def __init__(self, profile: CalibrationProfile | None, *, corrected_at: CorrectedAt = ()) -> None:
        self._profile = profile
        self._slot_focus = SlotFocus(profile, known=corrected_at)
        self._intrinsics = None if profile is None else profile.intrinsics_there()
        self._plans: dict[tuple[int, int], _SlotPlan] = {}
        self._active_plans: OrderedDict[float, _SlotPlan] = OrderedDict()  # the last used comes last
        self._field: NDArray[np.float32] | None = None
        self._variance: tuple[FocusScale, NDArray[np.float64]] | None = None

    def attach(self, slices: Iterable[FocalSlice]) -> Iterator[FocalSlice]:
        """Yield every slice corrected.

        Without a profile, slices that were taken with one stay as they are, but are no longer called
        calibrated: what the profile knew besides focus is missing.

        Raises
        ------
        InputError
            When the slices have another size than the profile is for.
        """
        return _without_profile(slices) if self._profile is None else map(self.rectify, slices)

    def rectify(self, focal_slice: FocalSlice) -> FocalSlice:
        """Undo breathing and shading, and give the slice its intrinsics."""
        profile = self._profile
        if profile is None:
            return focal_slice
        if isinstance(focal_slice.scale, HeightScale):
            raise InputError(
                "the calibration profile is for a lens, not for a microscope's stack: leave it out"
            )
        self._check_size(focal_slice.image.shape, profile)
        tag, scale = in_dioptres(focal_slice.tag, focal_slice.scale, profile)
        focal_slice = replace(focal_slice, tag=tag, scale=scale)
        focus_dpt = self._slot_focus.of(tag)
        if focus_dpt is None:
            return focal_slice
        kept = self._plan if tag.active is None else self._active_plan
        plan = kept(focal_slice, profile, focus_dpt=focus_dpt)
        image = focal_slice.image if plan.resampling is None else plan.resampling.apply(focal_slice.image)
        image = _shaded_back(image, plan.gain)
        return replace(focal_slice, image=image, intrinsics=self._intrinsics or focal_slice.intrinsics)

    def correct(self, update: DepthUpdate) -> DepthUpdate:
        """Take the field's curvature off a map, and add the calibration's uncertainty to its own.

        σ² = σ_estimated² + σ_calibration², both in the sweep coordinate; metres follow from it.
        """
        profile = self._profile
        if profile is None or not isinstance(update.scale, FocusScale):
            return update
        coordinate, sigma = update.coordinate, update.coordinate_sigma
        span_dpt = np.float32(update.scale.span_dpt)
        if profile.field is not None:
            shape = (coordinate.shape[0], coordinate.shape[1])
            if self._field is None or self._field.shape != shape:
                self._field = profile.field.offset_dpt(shape)
            coordinate = coordinate - self._field / span_dpt
        if profile.focus is not None:
            c2, c1, c0 = (np.float32(c) for c in self._variance_of(update.scale, profile))
            variance = np.maximum((c2 * coordinate + c1) * coordinate + c0, np.float32(0.0))
            sigma = np.sqrt(np.square(sigma) + variance)
        return replace(update, coordinate=coordinate, coordinate_sigma=sigma)

    def _plan(self, focal_slice: FocalSlice, profile: CalibrationProfile, *, focus_dpt: float) -> _SlotPlan:
        key = (focal_slice.tag.slot, focal_slice.tag.direction)
        plan = self._plans.get(key)
        if plan is None or plan.focus_dpt != focus_dpt:
            plan = self._plans[key] = _made_plan(focal_slice.image.shape, profile, focus_dpt=focus_dpt)
        return plan

    def _active_plan(
        self, focal_slice: FocalSlice, profile: CalibrationProfile, *, focus_dpt: float
    ) -> _SlotPlan:
        """Return the plan of a slice of an active sweep, of which several may be nearest to one slot."""
        shape, plans = focal_slice.image.shape, self._active_plans
        if focus_dpt not in plans:
            plans[focus_dpt] = _made_plan(shape, profile, focus_dpt=focus_dpt)
            while len(plans) > max(_ACTIVE_PLANS, _ACTIVE_PIXELS // (shape[0] * shape[1])):
                plans.popitem(last=False)
        plans.move_to_end(focus_dpt)
        return plans[focus_dpt]

    def _variance_of(self, scale: FocusScale, profile: CalibrationProfile) -> NDArray[np.float64]:
        """Parabola through the calibration's variance over the sweep, in the square of its coordinate."""
        if self._variance is None or self._variance[0] != scale:
            assert profile.focus is not None
            coordinate = np.linspace(0.0, 1.0, _VARIANCE_KNOTS)
            variances = [
                _variance_dpt2(profile, profile.focus, vergence_dpt=scale.to_dpt(float(c)))
                for c in coordinate
            ]
            parabola = np.polyfit(coordinate, np.array(variances) / scale.span_dpt**2, 2)
            self._variance = (scale, np.asarray(parabola, np.float64))
        return self._variance[1]

    @staticmethod
    def _check_size(shape: tuple[int, ...], profile: CalibrationProfile) -> None:
        device = profile.device
        if (shape[1], shape[0]) != (device.width_px, device.height_px):
            raise InputError(
                f"the profile is for {device.width_px} × {device.height_px} px, but the images have "
                f"{shape[1]} × {shape[0]} px: give the profile of this camera at this size"
            )


def _made_plan(shape: tuple[int, ...], profile: CalibrationProfile, *, focus_dpt: float) -> _SlotPlan:
    height_px, width_px = shape[:2]
    breathing, flatfield = profile.breathing, profile.flatfield
    similarity = Similarity() if breathing is None else breathing.similarity(focus_dpt)
    gain = None
    if flatfield is not None:
        light = flatfield.brightness(focus_dpt, (height_px, width_px))
        gain = _laid(1.0 / light, similarity)
        if len(shape) == 3:
            gain = np.ascontiguousarray(np.repeat(gain[..., None], 3, axis=2))
    resampling = Resampling.of(similarity, size_px=(width_px, height_px))
    return _SlotPlan(focus_dpt=focus_dpt, resampling=resampling, gain=gain)


def _without_profile(slices: Iterable[FocalSlice]) -> Iterator[FocalSlice]:
    missing = ""
    for focal_slice in slices:
        scale = focal_slice.scale
        if scale is None or scale.level != "calibrated" or not names_profile(scale.calibration_id):
            yield focal_slice
            continue
        if scale.calibration_id != missing:
            missing = scale.calibration_id
            _log.warning(
                "the slices were focused by %s, which is not here: breathing, field and shading stay as "
                "they are, and depth is called approximate; give the profile with --profile",
                missing,
            )
        yield replace(focal_slice, scale=replace(scale, level="approximate"))


def _variance_dpt2(profile: CalibrationProfile, focus: FocusPart, *, vergence_dpt: float) -> float:
    command = focus.to_command(vergence_dpt)
    variance = focus.sigma_dpt(command) ** 2
    if profile.timing is not None:
        variance += 0.25 * profile.timing.covariance[1][1] * focus.slope(command) ** 2
    return variance


def _laid(gain: NDArray[np.float32], similarity: Similarity) -> NDArray[np.float32]:
    """Gain on the reference: it is applied to pictures that were moved there."""
    size = (gain.shape[1], gain.shape[0])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = cv2.warpAffine(gain, similarity.matrix(), size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(laid, np.float32)


def _shaded_back(image: Image, gain: NDArray[np.float32] | None) -> Image:
    if gain is None:
        return np.ascontiguousarray(image)  # type: ignore[return-value]  # of its kind
    depth = cv2.CV_8U if image.dtype == np.uint8 else cv2.CV_16U
    return cv2.multiply(image, gain, dtype=depth)  # type: ignore[return-value]  # of that depth
