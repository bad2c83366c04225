"""The fixed sets that show which effect of a world costs a network what."""

from dataclasses import dataclass, fields, replace

from training.data.random_stack import Recipe
from training.data.render_settings import SourceName
from training.data.world.faults import SOUND, Faults
from training.data.world.shares import PLAIN, VARIED, World

SIZE_PX = 192
GAINS_PX = (8.0, 24.0)
PLAINLY = Recipe()
PART = 0.25
"""Stacks in a set of one effect, over those in a set of the plain world."""
QUIET = replace(SOUND, noisy=1.0, noise=0.02)
"""Images that show one fault have the noise of the other sets besides."""
IMAGE_FAULTS: dict[str, Faults] = {
    "soft": replace(QUIET, soft=1.0),
    "sharpened": replace(QUIET, sharpened=1.0),
    "jpeg": replace(QUIET, compressed=1.0),
    "tone": replace(QUIET, toned=1.0),
    "noise": replace(QUIET, noise=0.025, strong=1.0),
    "flicker": replace(QUIET, drifting=1.0, noise=0.005, strong=1.0),
    "ramp": replace(QUIET, ramped=1.0),
    "lost": replace(QUIET, lost=1.0),
    "breathing": replace(QUIET, breathing=1.0, noise=0.005, strong=1.0),
    "shake": replace(QUIET, shaky=1.0, noise=0.005, strong=1.0),
    "vignette": replace(QUIET, vignetted=1.0),
}
"""By the ending of the set's name. Strong faults come with four times the noise; those ask for a quarter."""
SCENES: tuple[SourceName, ...] = ("scenes", "relief", "dark-floors")
"""Sources that have a set of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationSet:
    """One of the fixed sets.

    Attributes
    ----------
    name
        Of its folder.
    source, slices, gains_px
        As in `RenderSettings`.
    recipe
        Effects.
    part
        Stacks in it, over those asked for.
    """

    name: str
    source: SourceName
    slices: int = 8
    gains_px: tuple[float, float] = GAINS_PX
    recipe: Recipe = PLAINLY
    part: float = 1.0


def world_sets() -> list[ValidationSet]:
    """List sets of the same scenes with one effect each, of other scenes, and one with everything drawn.

    world_disc has no effect: the others are compared with it.
    """
    lenses: dict[str, World] = {"disc": PLAIN}
    lenses |= {one.name: replace(PLAIN, **{one.name: 1.0}) for one in fields(World)}
    return [
        ValidationSet(
            name="world",
            source="judge",
            gains_px=(2.0, 40.0),
            recipe=Recipe(world=VARIED, faults=Faults(strong=0.1)),
        ),
        *(_small(name, "judge", Recipe(world=world)) for name, world in lenses.items()),
        *(_small(name, source, Recipe()) for name, source in ((s.replace("-", "_"), s) for s in SCENES)),
        *(_small(name, "judge", Recipe(faults=faults)) for name, faults in IMAGE_FAULTS.items()),
    ]


def _small(name: str, source: SourceName, recipe: Recipe) -> ValidationSet:
    return ValidationSet(name=f"world_{name}", source=source, recipe=recipe, part=PART)
