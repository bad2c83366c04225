"""Draws how the error of a run fell."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from pydantic import TypeAdapter, ValidationError

from focstream.files.text_file import read_text
from focstream.program.extras import need_extra
from focstream.program.toml_file import first_problem
from focstream.types import InputError

SERIES = {"nyu_mae": "NYUv2", "procedural_mae": "procedural"}
"""What is drawn, by its name in metrics.jsonl; other sets by their own names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveSettings:
    """What to draw.

    Attributes
    ----------
    runs
        One or several folders of runs, each of which began with the weights of the one before.
    out
        The picture, such as curve.png.
    """

    runs: Annotated[tuple[Path, ...], tyro.conf.arg(name="run")]
    out: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Mean absolute error of one validation set.

    Attributes
    ----------
    name
        Of the set.
    steps, errors
        Steps since the first run began, and the errors.
    """

    name: str
    steps: tuple[int, ...]
    errors: tuple[float, ...]


def draw_curve(settings: CurveSettings) -> None:
    """Draw the validation errors of runs that went on from each other over their steps.

    Raises
    ------
    InputError
        When a run has no validation, the picture cannot be written, or matplotlib is missing.
    """
    need_extra("matplotlib", extra="train", what="drawing a curve")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 4.0), layout="constrained")
    axes = figure.subplots()
    for curve in read_curves(settings.runs):
        axes.plot(curve.steps, curve.errors, marker=".", label=SERIES.get(f"{curve.name}_mae", curve.name))
        axes.annotate(f"{curve.errors[-1]:.4f}", (curve.steps[-1], curve.errors[-1]), va="bottom", ha="right")
    axes.set(xlabel="steps", ylabel="mean absolute error, of the sweep", yscale="log")
    axes.grid(visible=True, which="both", alpha=0.3)
    axes.legend()
    try:
        figure.savefig(settings.out, dpi=120)
    except (OSError, ValueError) as error:
        raise InputError(f"{settings.out}: cannot be written ({error}); give a .png or .svg file") from None


def read_curves(runs: tuple[Path, ...]) -> list[Curve]:
    """Join what runs say of their validation, in the order of the runs."""
    found: dict[str, list[tuple[int, float]]] = {}
    first = 0
    for run in runs:
        lines = _lines(run / "metrics.jsonl")
        validated = [line for line in lines if any(name.endswith("_mae") for name in line)]
        if not validated:
            raise InputError(f"{run}: was not validated yet; nothing to draw")
        for line in validated:
            for name, error in line.items():
                if name.endswith("_mae"):
                    found.setdefault(name.removesuffix("_mae"), []).append((first + int(line["step"]), error))
        first += max(int(line["step"]) for line in lines)
    return [
        Curve(name=name, steps=tuple(step for step, _ in points), errors=tuple(error for _, error in points))
        for name, points in found.items()
    ]


def _lines(path: Path) -> list[dict[str, float]]:
    lines = read_text(path, remedy="give the folder of a run").splitlines()
    try:
        return [TypeAdapter(dict[str, float]).validate_json(line) for line in lines]
    except ValidationError as error:
        raise InputError(f"{path}: is no list of metrics ({first_problem(error)})") from None
