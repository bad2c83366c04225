"""Renders data sets of focal stacks to disk, in all cores."""

import logging
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from tqdm import tqdm

from focstream.types import InputError
from training.data.dataset_files import write_shard
from training.data.procedural import procedural_surfaces
from training.data.sources import NYU_TRAIN, NYU_VALIDATION, Source, icl, middlebury, nyu
from training.data.stack import (
    Stack,
    boost_highlights,
    margin_of,
    picture_surfaces,
    random_coordinates,
    render_stack,
    scaled_gain,
)

_log = logging.getLogger(__name__)

SourceName = Literal["nyu", "icl", "middlebury", "procedural", "mixed"]
Split = Literal["train", "validation"]
NYU_SPLITS = {"train": NYU_TRAIN, "validation": NYU_VALIDATION}
MIX = {"nyu": 0.55, "procedural": 0.33, "middlebury": 0.07, "icl": 0.05}
"""Shares of the sources in a mixed training set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderSettings:
    """A data set to render.

    Attributes
    ----------
    data
        Folder that holds nyuv2/, icl_livingroom/, middlebury/ and textures/.
    out
        Folder for the shards.
    source, split
        Which pictures.
    count, shard
        Stacks in all, and in one shard.
    size_px, slices
        Side of the images, and slices of a stack.
    anyhow
        Share of the sweeps whose slices lie at random; half are even, the rest jittered.
    gain_low_px, gain_high_px
        Blur's diameter at one sweep range out of focus, drawn evenly in its logarithm.
    seed
        Another seed renders other stacks.
    workers
        Processes.
    """

    data: Path
    out: Path
    source: SourceName = "mixed"
    split: Split = "train"
    count: int = 1024
    shard: int = 64
    size_px: int = 128
    slices: int = 8
    anyhow: float = 0.15
    gain_low_px: float = 2.0
    gain_high_px: float = 30.0
    seed: int = 0
    workers: int = 2


def render(settings: RenderSettings) -> None:
    """Render what is not there yet; every stack depends only on its number and the seed."""
    settings.out.mkdir(parents=True, exist_ok=True)
    numbers = range(-(-settings.count // settings.shard))
    missing = [number for number in numbers if not _shard_folder(settings, number).exists()]
    one = partial(render_shard, settings)
    with ExitStack() as stack:
        if settings.workers > 1:
            # Spawned, for a forked child of a process whose threads hold locks may wait for them for ever.
            spawn = multiprocessing.get_context("spawn")
            pool = stack.enter_context(ProcessPoolExecutor(settings.workers, mp_context=spawn))
            done = pool.map(one, missing)
        else:
            done = map(one, missing)
        for _ in tqdm(done, total=len(missing), unit="shard", disable=None):
            pass


def render_shard(settings: RenderSettings, number: int) -> None:
    """Render one shard."""
    cv2.setNumThreads(1)
    first = number * settings.shard
    last = min(first + settings.shard, settings.count)
    stacks = [random_stack(np.random.default_rng([settings.seed, k]), settings) for k in range(first, last)]
    write_shard(_shard_folder(settings, number), stacks)


def random_stack(random: np.random.Generator, settings: RenderSettings) -> Stack:
    """Render one stack of a random scene and sweep.

    The sweep is drawn last, so that sets which differ in their numbers of slices show the same scenes.
    """
    gain_px = scaled_gain(random, low_px=settings.gain_low_px, high_px=settings.gain_high_px)
    side = settings.size_px + 2 * margin_of(gain_px)
    name = settings.source
    if name == "mixed":
        name = str(random.choice(list(MIX), p=list(MIX.values())))  # type: ignore[assignment]
    if name == "procedural":
        surfaces = procedural_surfaces(
            random, textures=_textures(settings.data, settings.split), size_px=side
        )
    else:
        picture = _source(settings.data, name, settings.split).pick(random).crop(random, size_px=side)
        bright = boost_highlights(picture.radiance, random)
        picture = type(picture)(radiance=bright, nearness=picture.nearness)
        surfaces = picture_surfaces(picture, random, blur_gain_px=gain_px)
    exposure = float(random.uniform(0.7, 1.3))
    return render_stack(
        surfaces,
        coordinates=random_coordinates(random, slices=settings.slices, anyhow=settings.anyhow),
        blur_gain_px=gain_px,
        exposure=exposure,
    )


def _shard_folder(settings: RenderSettings, number: int) -> Path:
    return settings.out / f"{settings.source}_{settings.split}_{settings.seed}_{number:05d}"


@cache
def _source(data: Path, name: str, split: Split) -> Source:
    if name == "nyu":
        return nyu(data, NYU_SPLITS[split])
    if split != "train":
        raise InputError(f"{name} is used for training only; validate on nyu or procedural")
    return icl(data) if name == "icl" else middlebury(data)


@cache
def _textures(data: Path, split: Split) -> tuple[Path, ...]:
    paths = sorted((data / "textures").glob("*.jpg"))
    if not paths:
        raise InputError(f"{data / 'textures'}: no photographs (*.jpg)")
    held_out = len(paths) // 5
    return tuple(paths[:-held_out] if split == "train" else paths[-held_out:])
