"""Teaches the network depth from single sharp pictures, before it learns focus.

FocDepthFormer's encoder learns from monocular data first. Here a stack has one slice, the picture itself, and
the truth runs from 0, the farthest thing in it, to 1, the nearest: the same sweep coordinate as of a stack,
for a sweep that just spans the scene. Scale and shift are fixed by that, so plain L1 and its gradients judge
the map, as in training on stacks; a loss blind to scale and shift would leave them for later to relearn.

The slice says that it was focused at 0.5, always. A random coordinate would teach the encoder that sharpness
at a coordinate means nothing, which is the opposite of what comes next.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tqdm import tqdm

from capture.simulator.optics.surface import FloatImage
from training.data.batches import Batch, batches
from training.data.dataset_files import write_shard
from training.data.picture import Picture, to_display
from training.data.render_settings import MIX
from training.data.sources import NYU_TRAIN, NYU_VALIDATION, Source, icl, middlebury, nyu
from training.data.stack import Stack
from training.learning.command_settings import PictureSource, PretrainSettings
from training.learning.train import learn

COORDINATE = 0.5
"""Where the one slice says it was focused."""
SHARD = 64
VALIDATION_PICTURES = 64
LEAST_SPAN = 0.15
"""Least depth of a scene, as a share of its nearest vergence: a wall is not stretched to 0 … 1."""


def pretrain(settings: PretrainSettings) -> None:
    """Train on single pictures; `train --start RUN/checkpoint.pt` then goes on with stacks."""
    pictures = settings.run / "pictures"

    def source(*, seed: int, rank: int) -> Iterator[Batch]:
        make_pictures(settings, pictures)
        return batches(pictures / "train", settings.sampling, seed=seed, rank=rank)

    learn(settings, source, validation=pictures / "validation")


def make_pictures(settings: PretrainSettings, folder: Path) -> None:
    """Write crops as stacks of one slice to `folder`/train and /validation/nyu, what is not there yet."""
    train = [_source(settings.data, name, NYU_TRAIN) for name in settings.sources]
    _make(settings, folder / "train", sources=train, count=settings.count)
    held_out = [_source(settings.data, "nyu", NYU_VALIDATION)]
    _make(settings, folder / "validation" / "nyu", sources=held_out, count=VALIDATION_PICTURES)


def _make(settings: PretrainSettings, folder: Path, *, sources: list[Source], count: int) -> None:
    shares = np.array([MIX[source.name] for source in sources])
    firsts = [first for first in range(0, count, SHARD) if not (folder / f"{first:06d}").exists()]
    for first in tqdm(firsts, unit="shard", disable=None):
        random = np.random.default_rng([settings.seed, first])
        drawn = random.choice(len(sources), size=min(SHARD, count - first), p=shares / shares.sum())
        crops = (sources[k].pick(random).crop(random, size_px=settings.size_px) for k in drawn)
        write_shard(folder / f"{first:06d}", [single(crop) for crop in crops])


def single(picture: Picture) -> Stack:
    """Return a picture as a stack of one slice, sharp all over."""
    return Stack(
        images=to_display(picture.radiance)[None],
        coordinates=np.array([COORDINATE], np.float32),
        truth=normalised(picture.nearness),
        blur_gain_px=math.inf,  # drawn as often as any other
    )


def normalised(nearness: FloatImage) -> FloatImage:
    """(H, W) nearness in any linear unit → 0 … 1, far to near, of this picture; outliers are clipped."""
    low, high = (float(q) for q in np.quantile(nearness, (0.002, 0.998)))
    span = max(high - low, LEAST_SPAN * high)
    far = 0.5 * (low + high - span)
    return np.clip((nearness - far) / span, 0.0, 1.0).astype(np.float32)


def _source(data: Path, name: PictureSource, numbers: range) -> Source:
    if name == "nyu":
        return nyu(data, numbers)
    return icl(data) if name == "icl" else middlebury(data)
