"""Plots of data, fit and residuals, as PNG files."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calibration.measure.fits.focus_map import confidence_band_dpt
from calibration.measure.fits.runs import BreathingRun, FocusRun, TimingRun
from focstream.program.extras import need_extra
from focstream.types import InputError

Vector = NDArray[np.float64]


def plot_fit(
    path: Path,
    *,
    data: tuple[Vector, Vector],
    fit: tuple[Vector, Vector],
    band: Vector | None,
    residuals: Vector,
    labels: tuple[str, str],
    title: str,
) -> None:
    """Save data and fit (with ±2 σ) above their residuals.

    Raises
    ------
    InputError
        When matplotlib is not installed, or the file cannot be written.
    """
    need_extra("matplotlib", extra="calibration", what="plotting")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 6.0), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    if band is not None:
        upper.fill_between(fit[0], fit[1] - 2 * band, fit[1] + 2 * band, alpha=0.3, label="±2 σ")
    upper.plot(*fit, label="fit")
    upper.plot(*data, "o", ms=4, label="measured")
    upper.set_ylabel(labels[1])
    upper.set_title(title)
    upper.legend()
    lower.axhline(0.0, color="grey", lw=0.8)
    lower.plot(data[0], residuals, "o", ms=4)
    lower.set_xlabel(labels[0])
    lower.set_ylabel("residual")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=110)
    except OSError as error:
        raise InputError(f"plot {path}: cannot be written ({error.strerror})") from None


def plot_focus(folder: Path, run: FocusRun) -> None:
    """Save focus.png."""
    command = np.array([sample.command for sample in run.samples])
    truth = np.array([sample.vergence_dpt for sample in run.samples])
    modelled = np.array([run.part.to_dpt(s.command, temperature_c=s.temperature_c) for s in run.samples])
    line = np.linspace(command.min(), command.max(), 100)
    plot_fit(
        folder / "focus.png",
        data=(command, truth),
        fit=(line, np.array([run.part.to_dpt(float(c)) for c in line])),
        band=confidence_band_dpt(run.part, line),
        residuals=truth - modelled,
        labels=("command", "vergence (dpt)"),
        title=f"residual {run.part.residual_dpt:.4f} dpt, leave-one-out {run.part.leave_one_out_dpt:.4f} dpt",
    )


def plot_timing(folder: Path, run: TimingRun) -> None:
    """Save timing.png."""
    speed = np.array([sample.speed for sample in run.samples])
    gap = np.array([sample.up - sample.down for sample in run.samples])
    line = np.linspace(0.0, speed.max(), 50)
    modelled = 2.0 * run.part.latency_s * speed + run.part.hysteresis
    plot_fit(
        folder / "timing.png",
        data=(speed, gap),
        fit=(line, 2.0 * run.part.latency_s * line + run.part.hysteresis),
        band=None,
        residuals=gap - modelled,
        labels=("speed (command/s)", "up − down (command)"),
        title=f"latency {1e3 * run.part.latency_s:.2f} ms, hysteresis {run.part.hysteresis:.4f}",
    )


def plot_breathing(folder: Path, run: BreathingRun) -> None:
    """Save breathing.png."""
    dpt = np.array([sample.focus_dpt for sample in run.samples])
    scale = np.array([sample.transform.scale for sample in run.samples])
    line = np.linspace(dpt.min(), dpt.max(), 50)
    plot_fit(
        folder / "breathing.png",
        data=(dpt, scale),
        fit=(line, np.array([run.part.scale(float(d)) for d in line])),
        band=None,
        residuals=scale - np.array([run.part.scale(float(d)) for d in dpt]),
        labels=("focus (dpt)", "scale"),
        title=f"{100 * run.part.per_dpt:+.3f} %/dpt, {run.part.held_out_px:.3f} px left, held out",
    )
