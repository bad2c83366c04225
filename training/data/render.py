"""Renders data sets of focal stacks to disk, in all cores."""

from contextlib import ExitStack
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from focstream.program.workers import worker_pool
from training.data.dataset_files import write_shard
from training.data.random_stack import RECIPES, Recipe, random_stack
from training.data.render_settings import RenderSettings


def render(settings: RenderSettings, recipe: Recipe | None = None) -> None:
    """Render what is not there yet; every stack depends only on its number and the seed.

    `recipe` replaces that of the settings' world.
    """
    settings.out.mkdir(parents=True, exist_ok=True)
    numbers = range(-(-settings.count // settings.shard))
    missing = [number for number in numbers if not _shard_folder(settings, number).exists()]
    one = partial(render_shard, settings, RECIPES[settings.world] if recipe is None else recipe)
    with ExitStack() as stack:
        if settings.workers > 1:
            pool = stack.enter_context(worker_pool(settings.workers))
            done = pool.map(one, missing)
        else:
            done = map(one, missing)
        for _ in tqdm(done, total=len(missing), unit="shard", disable=None):
            pass


def render_shard(settings: RenderSettings, recipe: Recipe, number: int) -> None:
    """Render one shard."""
    cv2.setNumThreads(1)
    first = number * settings.shard
    last = min(first + settings.shard, settings.count)
    stacks = [
        random_stack(
            np.random.default_rng([settings.seed, k]),
            settings,
            recipe=recipe,
            effects=np.random.default_rng([settings.seed, k, 1]),
        )
        for k in range(first, last)
    ]
    write_shard(_shard_folder(settings, number), stacks)


def _shard_folder(settings: RenderSettings, number: int) -> Path:
    return settings.out / f"{settings.source}_{settings.split}_{settings.seed}_{number:05d}"
