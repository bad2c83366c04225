"""One stack of a random scene, lens and sweep."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from capture.simulator.optics.surface import Surface
from focstream.types import InputError
from training.data.picture import Picture
from training.data.procedural import procedural_surfaces
from training.data.render_settings import RenderSettings, Split, shares_of
from training.data.sources import NYU_TRAIN, NYU_VALIDATION, Source, blender, icl, middlebury, nyu
from training.data.stack import (
    Stack,
    boost_highlights,
    margin_of,
    picture_surfaces,
    random_coordinates,
    render_stack,
    scaled_gain,
)
from training.data.world.faults import Faults, with_faults
from training.data.world.lens import random_field
from training.data.world.scenes import relief_picture, scene_surfaces, without_texture
from training.data.world.shares import PLAIN, VARIED, World
from training.data.world.sweep import changed_coordinates, moved_in_sweep

NYU_SPLITS = {"train": NYU_TRAIN, "validation": NYU_VALIDATION}
WIDE_GAINS_PX = (48.0, 96.0)
EXPOSURES = (0.7, 1.3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What makes stacks differ from those of the plain world.

    Attributes
    ----------
    world
        Shares of the effects of lens, sweep and scene.
    faults
        Image faults that are put into the stored images; None leaves them as rendered, for those who draw
        faults anew whenever they use a stack.
    """

    world: World = PLAIN
    faults: Faults | None = None


RECIPES = {"plain": Recipe(), "varied": Recipe(world=VARIED)}


def random_stack(
    random: np.random.Generator, settings: RenderSettings, *, recipe: Recipe, effects: np.random.Generator
) -> Stack:
    """Render one stack of a random scene and sweep.

    `random` draws the scene, and last the sweep, so that sets which differ in their numbers of slices show
    the same scenes. `effects` draws all that the recipe adds, so that sets which differ in their recipes do,
    too.
    """
    world = recipe.world
    gain_px = scaled_gain(random, low_px=settings.gain_low_px, high_px=settings.gain_high_px)
    wide_px = scaled_gain(effects, low_px=WIDE_GAINS_PX[0], high_px=WIDE_GAINS_PX[1])
    gain_px = wide_px if effects.random() < world.wide else gain_px
    surfaces = _surfaces(random, settings, gain_px=gain_px, effects=effects, world=world)
    surfaces = moved_in_sweep(effects, world, surfaces)
    exposure = float(random.uniform(*EXPOSURES))
    coordinates = random_coordinates(random, slices=settings.slices, anyhow=settings.anyhow)
    stack = render_stack(
        surfaces,
        coordinates=changed_coordinates(effects, world, coordinates),
        blur_gain_px=gain_px,
        exposure=exposure,
        field=random_field(effects, world, gain_px=gain_px, size_px=settings.size_px),
    )
    if recipe.faults is None:
        return stack
    images = with_faults(effects, stack.images, stack.coordinates, recipe.faults)
    return replace(stack, images=images, finished=True)


def _surfaces(
    random: np.random.Generator,
    settings: RenderSettings,
    *,
    gain_px: float,
    effects: np.random.Generator,
    world: World,
) -> tuple[Surface, ...]:
    """Draw the scene, far to near, with the margin that its blur needs."""
    side = settings.size_px + 2 * margin_of(gain_px)
    shares = shares_of(settings)
    (name,) = shares if len(shares) == 1 else (str(random.choice(list(shares), p=list(shares.values()))),)
    is_plain = effects.random() < world.plain
    if name in ("scenes", "dark-floors"):
        return scene_surfaces(random, size_px=side, dark_floor=True if name == "dark-floors" else None)
    if name == "procedural":
        textures = _textures(settings.data, settings.split)
        found = procedural_surfaces(random, textures=textures, size_px=side)
        return tuple(_plain(effects, surface) for surface in found) if is_plain else found
    if name == "relief":
        picture = relief_picture(random, size_px=side)
    else:
        picture = _source(settings.data, name, settings.split).pick(random).crop(random, size_px=side)
    radiance = boost_highlights(picture.radiance, random)
    radiance = without_texture(effects, radiance) if is_plain else radiance
    picture = Picture(radiance=radiance, nearness=picture.nearness)
    return picture_surfaces(picture, random, blur_gain_px=gain_px)


def _plain(effects: np.random.Generator, surface: Surface) -> Surface:
    """Take the texture out of half of the surfaces."""
    if effects.random() < 0.5:
        return surface
    return replace(surface, radiance=without_texture(effects, surface.radiance))


@cache
def _source(data: Path, name: str, split: Split) -> Source:
    if name == "nyu":
        return nyu(data, NYU_SPLITS[split])
    if name == "blender":
        return blender(data, held_out=split == "validation")
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
