"""The parts of a calibration profile: what was found, how sure it is, and the formula that uses it."""

from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from calibration.apply.alignment.similarity import Similarity
from focstream.frozen_model import FrozenModel
from focstream.types import CalibrationLevel, Intrinsics

Matrix = tuple[tuple[float, ...], ...]
"""Covariance, row by row, in the order of the parameters that its part names."""


class Part(FrozenModel):
    """What all parts have in common.

    Attributes
    ----------
    level
        How far it may be trusted.
    date
        When it was measured, ISO 8601.
    temperature_c
        Mean temperature of the lens meanwhile, where it reports it.
    """

    level: CalibrationLevel
    date: str
    temperature_c: float | None = None


class FocusPart(Part):
    """D = offset + gain·P + curve·P² + drift·(T − T0) with the command P of the lens.

    Attributes
    ----------
    offset_dpt, gain, curve, drift_dpt_per_k
        The map, for commands in the lens' unit; 0 where a term was not fitted.
    reference_c
        T0; None without a temperature.
    command_range
        Commands between which it was measured.
    covariance
        (4, 4) of offset, gain, curve and drift.
    residual_dpt, leave_one_out_dpt
        Root mean square of the residuals, and of the errors in predicting each distance from the others.
    """

    offset_dpt: float
    gain: float
    curve: float = 0.0
    drift_dpt_per_k: float = 0.0
    reference_c: float | None = None
    command_range: tuple[float, float]
    covariance: Matrix
    residual_dpt: float = Field(ge=0)
    leave_one_out_dpt: float = Field(ge=0)

    @model_validator(mode="after")
    def _rises(self) -> Self:
        low, high = self.command_range
        if min(self.gain + 2 * self.curve * low, self.gain + 2 * self.curve * high) <= 0:
            raise ValueError("the vergence must rise with the command over command_range")
        if len(self.covariance) != 4 or any(len(row) != 4 for row in self.covariance):
            raise ValueError("covariance must be 4 x 4")
        return self

    def to_dpt(self, command: float, *, temperature_c: float | None = None) -> float:
        """Vergence in dioptres that a command focuses at."""
        return self.offset_dpt + self.gain * command + self.curve * command**2 + self._drift(temperature_c)

    def to_command(self, vergence_dpt: float, *, temperature_c: float | None = None) -> float:
        """Command that focuses at a vergence; the inverse of `to_dpt` on its rising branch."""
        rest = vergence_dpt - self.offset_dpt - self._drift(temperature_c)
        root = self.gain**2 + 4.0 * self.curve * rest
        # 2c/(b + sqrt) stays exact as the curve goes to 0; past the vertex the map has no inverse.
        return 2.0 * rest / (self.gain + float(np.sqrt(max(root, 0.0))))

    def slope(self, command: float) -> float:
        """Dioptres for every unit of the command."""
        return self.gain + 2.0 * self.curve * command

    def sigma_dpt(self, command: float, *, temperature_c: float | None = None) -> float:
        """Return the standard deviation of `to_dpt` that the covariance leaves."""
        row = np.array([1.0, command, command**2, self._warmer_k(temperature_c)])
        return float(np.sqrt(max(row @ np.array(self.covariance) @ row, 0.0)))

    def _warmer_k(self, temperature_c: float | None) -> float:
        known = temperature_c is not None and self.reference_c is not None
        return float(temperature_c or 0.0) - float(self.reference_c or 0.0) if known else 0.0

    def _drift(self, temperature_c: float | None) -> float:
        return self.drift_dpt_per_k * self._warmer_k(temperature_c)


class TimingPart(Part):
    """When the lens follows a command: D(t) = map(P(t − latency) ∓ hysteresis/2), the sign by direction.

    Attributes
    ----------
    latency_s
        Lag behind a steadily moving command.
    hysteresis
        Commands for one focus, going up less going down, in the unit of the command.
    settle_s
        From a command until the focus stays within 5 % of a step; None where no step was measured.
    delay_s, frequency_hz, damping
        Of the second-order system that explains the step; None likewise.
    covariance
        (2, 2) of latency (s) and hysteresis.
    residual
        Root mean square of up less down about the fitted line, in the unit of the command.
    """

    latency_s: float = Field(ge=0)
    hysteresis: float
    settle_s: float | None = Field(default=None, ge=0)
    delay_s: float | None = Field(default=None, ge=0)
    frequency_hz: float | None = Field(default=None, gt=0)
    damping: float | None = Field(default=None, gt=0)
    covariance: Matrix
    residual: float = Field(ge=0)


class BreathingPart(Part):
    """Magnification and shift of the picture over focus, about the middle of the image.

    With δ = D − reference: scale 1 + per_dpt·δ + per_dpt2·δ², shift (shift_x, shift_y)·δ.

    Attributes
    ----------
    width_px, height_px
        Size of the images.
    reference_dpt
        Vergence whose picture stays as it is.
    per_dpt, per_dpt2, shift_x_px_per_dpt, shift_y_px_per_dpt
        The four parameters.
    covariance
        (4, 4) of these, in this order.
    residual_px, held_out_px
        Root mean square motion left at the corners: of the slices fitted, and of those held out.
    """

    width_px: int = Field(gt=0, le=10**6)
    height_px: int = Field(gt=0, le=10**6)
    reference_dpt: float
    per_dpt: float
    per_dpt2: float = 0.0
    shift_x_px_per_dpt: float = 0.0
    shift_y_px_per_dpt: float = 0.0
    covariance: Matrix
    residual_px: float = Field(ge=0)
    held_out_px: float = Field(ge=0)

    def scale(self, focus_dpt: float) -> float:
        """How much larger than at the reference the picture is."""
        delta = focus_dpt - self.reference_dpt
        return 1.0 + self.per_dpt * delta + self.per_dpt2 * delta**2

    def similarity(self, focus_dpt: float) -> Similarity:
        """Return what maps pixels of the picture at the reference to those of the picture at `focus_dpt`."""
        delta = focus_dpt - self.reference_dpt
        scale = self.scale(focus_dpt)
        middle_x, middle_y = (self.width_px - 1) / 2, (self.height_px - 1) / 2
        return Similarity(
            a=scale,
            x_px=(1.0 - scale) * middle_x + self.shift_x_px_per_dpt * delta,
            y_px=(1.0 - scale) * middle_y + self.shift_y_px_per_dpt * delta,
        )


class IntrinsicsPart(Part):
    """Pinhole intrinsics, each linear in the vergence in focus: value + slope·(D − reference).

    Attributes
    ----------
    width_px, height_px
        Size of the images.
    reference_dpt
        Where the values hold.
    focal_px, cx_px, cy_px
        (value, slope per dioptre); pixels are square.
    distortion
        plumb_bob (k1, k2, t1, t2, k3), the same at any focus.
    sigma_px
        Standard deviations of the values of focal length, cx and cy.
    reprojection_px
        Root mean square reprojection error.
    """

    width_px: int = Field(gt=0, le=10**6)
    height_px: int = Field(gt=0, le=10**6)
    reference_dpt: float
    focal_px: tuple[float, float]
    cx_px: tuple[float, float]
    cy_px: tuple[float, float]
    distortion: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0)
    sigma_px: tuple[float, float, float]
    reprojection_px: float = Field(ge=0)

    def at(self, focus_dpt: float) -> Intrinsics:
        """Intrinsics of a picture focused at a vergence."""
        delta = focus_dpt - self.reference_dpt
        focal_px, cx_px, cy_px = (
            value + slope * delta for value, slope in (self.focal_px, self.cx_px, self.cy_px)
        )
        distorted = any(self.distortion)
        return Intrinsics(
            fx_px=focal_px,
            fy_px=focal_px,
            cx_px=cx_px,
            cy_px=cy_px,
            distortion_model="plumb_bob" if distorted else "",
            distortion=self.distortion if distorted else (),
        )


class FieldPart(Part):
    """Offset of the focus over the image: curvature·r² + tilt_x·x + tilt_y·y.

    x, y and r are measured from the middle of the image in half diagonals.

    Attributes
    ----------
    curvature_dpt, tilt_x_dpt, tilt_y_dpt
        Found vergence less the one at the middle, of a target that is flat and upright.
    covariance
        (3, 3) of these.
    residual_dpt
        Root mean square of the residuals.
    """

    curvature_dpt: float
    tilt_x_dpt: float
    tilt_y_dpt: float
    covariance: Matrix
    residual_dpt: float = Field(ge=0)

    def offset_dpt(self, shape: tuple[int, int]) -> NDArray[np.float32]:
        """(H, W) float32 offset to take off a map of vergences."""
        x, y = half_diagonals(shape)
        offset = self.curvature_dpt * (x**2 + y**2) + self.tilt_x_dpt * x + self.tilt_y_dpt * y
        return np.asarray(offset, np.float32)


class FlatfieldPart(Part):
    """Brightness over the image at a few focus settings: polynomials that are 1 in the middle.

    Terms: x, y, x², x·y, y², (x² + y²)², with x and y from the middle in half diagonals.

    Attributes
    ----------
    focus_dpt
        The settings, rising.
    coefficients
        Six for each setting.
    residual
        Root mean square of the residuals, as a share of the brightness.
    """

    focus_dpt: tuple[float, ...] = Field(min_length=1)
    coefficients: tuple[tuple[float, ...], ...]
    residual: float = Field(ge=0)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if len(self.coefficients) != len(self.focus_dpt) or any(len(row) != 6 for row in self.coefficients):
            raise ValueError("coefficients must have six numbers for each focus_dpt")
        if list(self.focus_dpt) != sorted(self.focus_dpt):
            raise ValueError("focus_dpt must rise")
        return self

    def change(self, from_dpt: float, to_dpt: float) -> float:
        """Return what the brightness changes by at most, anywhere, between two focus settings."""
        # No term is above 1, half a diagonal from the middle.
        ends = (from_dpt, to_dpt)
        columns = np.array(self.coefficients).T
        return float(sum(np.ptp(np.interp(ends, self.focus_dpt, column)) for column in columns))

    def brightness(self, focus_dpt: float, shape: tuple[int, int]) -> NDArray[np.float32]:
        """(H, W) float32 brightness of an evenly lit surface, 1 in the middle."""
        columns = np.array(self.coefficients).T
        weights = [np.interp(focus_dpt, self.focus_dpt, column) for column in columns]
        terms = flatfield_terms(*half_diagonals(shape))
        total = 1.0 + sum(weight * term for weight, term in zip(weights, terms, strict=True))
        return np.asarray(total, np.float32)


def half_diagonals(shape: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(1, W) and (H, 1) distances of the pixels from the middle, in half diagonals of an (H, W) image."""
    height_px, width_px = shape
    half_px = float(np.hypot(height_px, width_px)) / 2.0
    x = (np.arange(width_px)[None, :] - (width_px - 1) / 2) / half_px
    y = (np.arange(height_px)[:, None] - (height_px - 1) / 2) / half_px
    return np.asarray(x, np.float64), np.asarray(y, np.float64)


def flatfield_terms(x: NDArray[np.float64], y: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Terms of `FlatfieldPart`, broadcast over x and y."""
    return [x, y, x**2, x * y, y**2, (x**2 + y**2) ** 2]
