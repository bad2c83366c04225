"""Settings of the commands that judge; they import neither torch nor data."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro
from tyro.constructors import PrimitiveConstructorSpec

from engines.runners import REFERENCE
from focstream.program.numbers import NumberFromZero, SidePx

ModelName = Literal["small", "tiny", "sharpness", "sharpness-fill"]


def _pixel(text: list[str]) -> tuple[int, int]:
    x, y = text[0].split(",")
    return int(x), int(y)


Pixel = Annotated[
    tuple[int, int],
    PrimitiveConstructorSpec(
        nargs=1,
        metavar="X,Y",
        instance_from_str=_pixel,
        is_instance=lambda value: isinstance(value, tuple),
        str_from_instance=lambda pixel: [f"{pixel[0]},{pixel[1]}"],
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateSettings:
    """What to judge, on what, and where the outcome goes.

    Attributes
    ----------
    models
        What to judge, one or several: a network (small, tiny), the classical estimator without or with fill.
    weights
        Of the network: a file of weights or a run's checkpoint.pt; without, those that come with the package.
    engine
        What computes the network: torch f32, torch bf16, openvino f32, openvino int8, openvino bf16,
        onnxruntime f32, tensorrt f16, …
    graphs
        Exported from the weights, for engines other than torch; without, those that come with the package.
    validation
        Folder of rendered sets with truth; every subfolder is a set.
    with_reference
        Folder of stacks of images with reference.npy beside them; every subfolder is a set.
    hard
        Folder of stacks of images with coordinates.txt and truth.npy; every subfolder is a set. Their table
        has the models side by side.
    sets
        Patterns of the names of sets to judge, such as "nyu*"; without, all.
    limit
        Judge only the first stacks of each set; without, all.
    report
        JSON file for all results, those of every stack too.
    stacks
        Folder of stacks of images without truth, for the sheet; every subfolder is a stack.
    sheet
        File for the contact sheet, .jpg or .png.
    reverse
        Patterns of the names of stacks for the sheet whose first image is the nearest, such as "pcb*".
    longest_px
        Images for the sheet are first reduced to this length of their longer side.
    row_px
        Height of the pictures on the sheet.
    """

    models: Annotated[tuple[ModelName, ...], tyro.conf.arg(name="model")] = ("small", "sharpness")
    weights: Path | None = None
    engine: str = REFERENCE
    graphs: Path | None = None
    validation: Path | None = None
    with_reference: Path | None = None
    hard: Path | None = None
    sets: tuple[str, ...] = ("*",)
    limit: int | None = None
    report: Path | None = None
    stacks: Path | None = None
    sheet: Path | None = None
    reverse: tuple[str, ...] = ()
    longest_px: int = 640
    row_px: int = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionSettings:
    """A picture to draw.

    Attributes
    ----------
    stack
        A folder of images, or a shard of rendered stacks.
    index
        Which stack of a shard.
    patch
        A pixel of the image, from the left and from the top; the patch that holds it is chosen.
    slice_index
        Slice whose attention is drawn; by default the middle one.
    out
        The picture, .png or .jpg.
    weights
        A .safetensors file or a run's checkpoint.pt; by default the shipped ones.
    longest_px
        Greater images are scaled down to this: attention grows with the square of the patches.
    """

    stack: Path
    patch: Pixel
    out: Path
    index: NumberFromZero = 0
    slice_index: NumberFromZero | None = None
    weights: Path | None = None
    longest_px: SidePx = 384
