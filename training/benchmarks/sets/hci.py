"""The 4D Light Field Benchmark: the four scenes that are judged."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from focstream.types import InputError
from training.benchmarks.protocols.rules import Rules
from training.benchmarks.scales import DisparityScale
from training.benchmarks.sets.hci_file import file_scenes
from training.benchmarks.sets.hci_folder import folder_scenes
from training.benchmarks.sets.hci_scene import HciScene
from training.benchmarks.stacks import BenchmarkSet, BenchmarkStack


def hci_set(path: Path, rules: Rules) -> BenchmarkSet:
    """Scenes of a folder, or of an HDF5 file.

    Raises
    ------
    InputError
        When one of them is not there.
    """
    scenes, size = folder_scenes(path) if path.is_dir() else file_scenes(path, planes=rules.planes)
    return BenchmarkSet(size=size, read=partial(_read, path, scenes, rules))


def _read(path: Path, scenes: Sequence[HciScene], rules: Rules) -> Iterator[BenchmarkStack]:
    planes = [rules.planes[index] for index in rules.taken]
    scale = DisparityScale(far_px=planes[0], near_px=planes[-1])
    for scene in scenes:
        images, truth = scene.read(planes)
        if truth.shape != images[0].shape[:2] or not np.isfinite(truth).all():
            raise InputError(f"{path}: the disparity of {scene.name} does not fit its images; copy it again")
        yield BenchmarkStack(
            name=scene.name,
            images=tuple(images),
            coordinates=tuple(map(scale.to_coordinate, planes)),
            truth=truth,
            scale=scale,
        )
