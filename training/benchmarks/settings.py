"""What users choose about judging on a benchmark of the field."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from engines.runners import REFERENCE
from training.judging.command_settings import ModelName


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkSettings:
    """What to judge, on what, by whose rules.

    Attributes
    ----------
    benchmark
        DDFF 12-Scene (ddff), FoD500 (fod), 4D Light Field (hci), or Mobile Depth (mobile), without truth.
    data
        Where it is: an HDF5 file (ddff, hci) or a folder (fod, hci, mobile).
    protocol
        Whose rules: dfv, hybriddepth, fossa, ddff-pytorch, aifdepthnet or dffinthewild for ddff; dfv,
        aifdepthnet, dffinthewild or ddl-gru for fod; aifdepthnet or dffinthewild for hci; dfv, aifdepthnet or
        dioptres for mobile. Without, the first of these.
    models
        What to judge, one or several: a network (small, tiny), or the classical estimator with fill. Without
        fill it is for mobile only: the others judge whole maps.
    weights
        Of the network: a file of weights or a run's checkpoint.pt; without, those that come with the package.
    engine
        What computes the network: torch f32, torch bf16, openvino f32, openvino int8, openvino bf16,
        onnxruntime f32, tensorrt f16, …
    graphs
        Exported from the weights, for engines other than torch; without, those that come with the package.
    limit
        Take only the first stacks; without, all. Published numbers are then left out.
    json
        File for all results, those of every stack too.
    maps
        Folder for the maps, NAME_MODEL.npy, float32 in the unit of the benchmark (mobile: sweep coordinate).
    sheet
        File for a contact sheet, .jpg or .png; for mobile.
    row_px
        Height of the pictures on the sheet.
    """

    benchmark: Annotated[Literal["ddff", "fod", "hci", "mobile"], tyro.conf.Positional]
    data: Path
    protocol: str | None = None
    models: Annotated[tuple[ModelName, ...], tyro.conf.arg(aliases=("--model",))] = (
        "small",
        "sharpness-fill",
    )
    weights: Path | None = None
    engine: str = REFERENCE
    graphs: Path | None = None
    limit: int | None = None
    json: Path | None = None
    maps: Path | None = None
    sheet: Path | None = None
    row_px: int = 160
