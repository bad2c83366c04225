"""Renders data sets of focal stacks to disk, in all cores."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from focstream.program.workers import worker_pool
from focstream.types import InputError
from training.data.dataset_files import write_shard
from training.data.random_stack import RECIPES, Recipe, random_stack
from training.data.render_on_cluster import rendered_on_cluster
from training.data.render_settings import RenderSettings


def render(settings: RenderSettings, recipe: Recipe | None = None) -> None:
    """Render what is not there yet; every stack depends only on its number and the seed.

    `recipe` replaces that of the settings' world.
    """
    settings.out.mkdir(parents=True, exist_ok=True)
    if settings.cluster is not None:  # workers may be in other folders
        settings = replace(settings, data=settings.data.resolve(), out=settings.out.resolve())
    numbers = range(-(-settings.count // settings.shard))
    missing = [number for number in numbers if not _shard_folder(settings, number).exists()]
    one = partial(render_shard, settings, RECIPES[settings.world] if recipe is None else recipe)
    with closing(_rendered(one, missing, settings)) as done:
        for _ in tqdm(done, total=len(missing), unit="shard", disable=None):
            pass
    absent = [number for number in missing if not _shard_folder(settings, number).exists()]
    if absent:
        raise InputError(
            f"{len(absent)} shards were rendered on other computers and are not in {settings.out} here: give "
            "--out a folder that all of them share"
        )


def _rendered(one: Callable[[int], None], missing: list[int], settings: RenderSettings) -> Generator[object]:
    """Render shards one by one, in processes, or on a cluster; yields something for each."""
    if settings.cluster is not None:
        address = settings.cluster if isinstance(settings.cluster, str) else None
        yield from rendered_on_cluster(one, missing, address=address, workers=settings.workers)
    elif settings.workers > 1:
        with worker_pool(settings.workers) as pool:
            yield from pool.map(one, missing)
    else:
        yield from map(one, missing)


def render_shard(settings: RenderSettings, recipe: Recipe, number: int) -> None:
    """Render one shard."""
    if _shard_folder(settings, number).exists():  # by a worker that was lost after that
        return
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
