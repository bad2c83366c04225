"""Settings of the commands that learn; they import neither torch nor data."""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import tyro

from focstream.program.numbers import Count, NumberFromZero, Positive, Seed, Share, SidePx
from inference.network.config import SIZES, NetworkConfig, SizeName
from training.data.sampling import Sampling
from training.learning.settings import LessonWeights, LossWeights, Precision, RunSettings

PictureSource = Literal["nyu", "icl", "middlebury"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainSettings(RunSettings):
    """A training run on focal stacks.

    Attributes
    ----------
    stacks, validation
        Folders of rendered stacks; every subfolder of `validation` is a set of its own.
    """

    stacks: Path
    validation: Path
    sampling: Sampling = field(default_factory=Sampling)


@dataclass(frozen=True, slots=True, kw_only=True)
class DistilSettings(TrainSettings):
    """A training run that learns from another network, besides the truth.

    Attributes
    ----------
    teacher
        Weights of that network: a .safetensors file, or a run's checkpoint.pt; without, those of small that
        come with the package.
    student
        Size of the network that learns.
    narrowed
        Without --start, a new run begins with evenly spaced channels of the teacher; with --no-narrowed, with
        random weights.
    lessons
        What is learned from the teacher; without any, it is not computed.
    """

    teacher: Path | None = None
    student: SizeName = "tiny"
    narrowed: bool = True
    lessons: LessonWeights = field(default_factory=LessonWeights)
    network: NetworkConfig = field(init=False)

    def __post_init__(self) -> None:
        RunSettings.__post_init__(self)
        object.__setattr__(self, "network", SIZES[self.student])


@dataclass(frozen=True, slots=True, kw_only=True)
class PretrainSettings(RunSettings):
    """A pre-training run on single pictures.

    Attributes
    ----------
    data
        Folder that holds nyuv2/, icl_livingroom/ and middlebury/.
    sources
        Which of them, one or several; they are drawn in the shares of a mixed set of stacks.
    count, size_px
        Crops that are made of the pictures, once, into the run's folder, and their side.
    sampling, weights
        As for training on stacks, less what needs several slices.
    """

    data: Path
    sources: Annotated[tuple[PictureSource, ...], tyro.conf.arg(name="source")] = ("nyu", "middlebury", "icl")
    count: Count = 4096
    size_px: SidePx = 160
    steps: Count = 4000
    sampling: Sampling = field(
        default_factory=lambda: Sampling(
            batch=16,
            slices_low=1,
            usual=1,
            slices_high=1,
            shuffled=0.0,
            interlaced=0.0,
            gapped=0.0,
            doubled=0.0,
            shaky=0.0,
            breathing=0.0,
            drifting=0.0,
            ramped=0.0,
        )
    )
    weights: LossWeights = field(default_factory=lambda: LossWeights(coarse=0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipSettings:
    """What becomes a file of weights, or all that engines need.

    Attributes
    ----------
    run
        Folder of a training run; its averaged weights are taken.
    calibration
        Folder of sets of stacks on which the stated σ is fitted to the errors; none of those that judge.
    out
        The .safetensors file to write; or a folder for it, with the graphs that engines compute and the table
        that int8 needs, such as engines/weights/tiny.
    name
        As the model is published; without, that of its size.
    """

    run: Path
    calibration: Path
    out: Path
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AblateSettings:
    """The same short training for every variant.

    Attributes
    ----------
    stacks, validation
        As for training.
    out
        Folder for the runs, one each, and the table.
    steps_each, minutes_each
        Budget of a variant. Compare by steps; minutes only end what takes too long, and the table then shows
        fewer steps. The last two fifths of either are the decay.
    pretrained
        A checkpoint of pre-training; adds a variant that starts from it.
    learning_rate, warm_up, ema, seed, precision, network, sampling, weights
        As for training; the variants differ from these.
    """

    stacks: Path
    validation: Path
    out: Path
    steps_each: Count = 2000
    minutes_each: Positive = math.inf
    pretrained: Path | None = None
    learning_rate: Positive = 1.5e-3
    warm_up: NumberFromZero = 100
    ema: Share = 0.99
    seed: Seed = 0
    precision: Precision = "auto"
    network: NetworkConfig = field(default_factory=NetworkConfig)
    sampling: Sampling = field(default_factory=Sampling)
    weights: LossWeights = field(default_factory=LossWeights)


@dataclass(frozen=True, slots=True, kw_only=True)
class DinoSettings:
    """What to convert.

    Attributes
    ----------
    onnx
        The ONNX file that holds the ViT.
    out
        File for the weights, for `train --start`.
    """

    onnx: Annotated[Path, tyro.conf.Positional]
    out: Path
