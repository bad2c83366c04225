"""``python -m training scenes``: pictures with depth of scenes that no one has to download."""

import json
import logging
import os
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from focstream.files.writing import write_whole
from focstream.program.extras import need_extra
from focstream.program.numbers import Count, Processes, Seed, SidePx
from focstream.program.workers import worker_pool
from focstream.types import InputError
from training.data.blender.depth_files import DEPTH_UNIT, encoded
from training.data.blender.draw_scene import draw_scene
from training.data.blender.pick_scene import exposed, lit, worth_a_picture
from training.data.picture import to_display

_log = logging.getLogger(__name__)

ATTEMPTS = 30
"""Draws of a scene until one is worth a picture; more than two thirds of the first are."""
SCENES_A_PROCESS = 100
"""Then a worker begins afresh: Blender keeps some memory of every scene."""
_REMEDY = "make room there; the same command goes on"
LICENCE = "made by focstream with Blender's procedural textures; no one else's work in it"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenesSettings:
    """Scenes to render with Blender.

    Attributes
    ----------
    out
        Folder for rgb/, depth/ and scenes/; what it holds is not made again.
    count
        Scenes in all.
    seed
        Number of the first scene. A scene depends on its number alone.
    size_px
        Side of the pictures.
    samples
        Paths a pixel, before the denoiser.
    workers
        Processes.
    """

    out: Path
    count: Count = 1000
    seed: Seed = 0
    size_px: SidePx = 256
    samples: Count = 10
    workers: Processes = 1


def make_scenes(settings: ScenesSettings) -> None:
    """Render the scenes that are not there yet.

    Raises
    ------
    InputError
        When Blender is missing or ended by itself, a number is out of range, or a file cannot be written.
    """
    _check(settings)
    numbers = range(settings.seed, settings.seed + settings.count)
    missing = [number for number in numbers if not _note(settings.out, number).exists()]
    # Never in this process: Blender writes to standard output, may end the process it is in, and puts a
    # folder first in sys.path whose `bpy` is another one; spawned processes would inherit and import that.
    with worker_pool(settings.workers, initializer=_quiet, max_tasks_per_child=SCENES_A_PROCESS) as pool:
        try:
            pool.submit(_need_blender).result()
            _make_folders(settings.out)
            done = pool.map(partial(make_scene, settings), missing)
            for _ in tqdm(done, total=len(missing), unit="scene", disable=None):
                pass
        except BrokenProcessPool:
            raise InputError(
                f"{settings.out}: Blender ended before its time, perhaps for lack of memory; "
                "the same command goes on, with fewer --workers"
            ) from None


def make_scene(settings: ScenesSettings, number: int) -> None:
    """Render one scene and write its files, its note last."""
    from training.data.blender.studio import studio

    cv2.setNumThreads(1)
    for attempt in range(ATTEMPTS):
        plan = draw_scene(number, attempt)
        with studio(plan, size_px=settings.size_px, samples=settings.samples) as renderer:
            depth_m = renderer.depth_m()
            if not worth_a_picture(depth_m):
                continue
            picture = to_display(exposed(renderer.radiance(), level=plan.exposure))
        if not lit(picture):
            continue
        note = {
            "number": number,
            "attempt": attempt,
            "kind": plan.kind,
            "near_m": float(np.nanmin(depth_m)),
            "far_m": float(np.nanmax(depth_m)),
            "depth_unit": DEPTH_UNIT,
            "licence": LICENCE,
        }
        _write_image(settings.out, "rgb", number, picture[..., ::-1])
        _write_image(settings.out, "depth", number, encoded(depth_m))
        write_whole(_note(settings.out, number), (json.dumps(note) + "\n").encode(), remedy=_REMEDY)
        return
    raise InputError(
        f"scene {number}: none of {ATTEMPTS} draws spans a range of depth; begin with another --seed"
    )


def _check(settings: ScenesSettings) -> None:
    for name, least in (("count", 1), ("seed", 0), ("size_px", 16), ("samples", 1), ("workers", 1)):
        value = getattr(settings, name)
        if value < least:
            raise InputError(f"--{name.replace('_', '-')} is {value}; it must be at least {least}")


def _need_blender() -> None:
    need_extra("bpy", extra="blender", what="rendering scenes")


def _make_folders(out: Path) -> None:
    try:
        for part in ("rgb", "depth", "scenes"):
            (out / part).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{out}: cannot be made ({error.strerror}); choose another --out") from None


def _quiet() -> None:
    """Silence Blender, which writes a line or more for every picture."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _note(out: Path, number: int) -> Path:
    return out / "scenes" / f"{number:06d}.json"


def _write_image(out: Path, part: str, number: int, image: NDArray[np.uint8] | NDArray[np.uint16]) -> None:
    _, content = cv2.imencode(".png", image)
    write_whole(out / part / f"{number:06d}.png", content.tobytes(), remedy=_REMEDY)
