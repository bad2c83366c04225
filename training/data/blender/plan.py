"""What a scene is made of, before any renderer knows of it. Lengths in metres, z up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""(N, 3) positions."""

Colour = tuple[float, float, float]
"""Red, green, blue, linear light."""

Pattern = Literal[
    "plain", "noise", "cells", "cracks", "wave", "rings", "brick", "checker", "magic", "speckle"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mesh:
    """A surface of polygons.

    Attributes
    ----------
    points
        (N, 3) corners.
    faces
        Numbers of the corners of every polygon.
    """

    points: Points
    faces: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """A procedural surface.

    Attributes
    ----------
    pattern
        How the colours are laid out in space.
    colours
        Two or more, from one end of the pattern to the other.
    scale_per_m
        Repeats of the pattern in a metre.
    detail
        Octaves of noise below the pattern.
    distortion
        How far noise bends the pattern; 0 not at all.
    sharp
        The colours have edges between them instead of a gradient.
    turn_rad, shift_m
        Where the pattern lies in the object.
    roughness, metallic, coat
        Of Blender's Principled BSDF, 0 … 1.
    bump
        How much the pattern tilts the shading; 0 not at all. Depth does not change.
    """

    pattern: Pattern
    colours: tuple[Colour, ...]
    scale_per_m: float
    detail: float
    distortion: float
    sharp: bool
    turn_rad: tuple[float, float, float]
    shift_m: tuple[float, float, float]
    roughness: float
    metallic: float
    coat: float
    bump: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Solid:
    """A mesh with its material; `bevel_m` rounds its edges, `smooth` its shading."""

    mesh: Mesh
    material: Material
    smooth: bool = False
    bevel_m: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A pinhole camera.

    Attributes
    ----------
    position_m, target_m
        Where it is, and what lies in the middle of its picture.
    roll_rad
        Turn about the view axis.
    view_rad
        Full angle of view of the square picture.
    """

    position_m: tuple[float, float, float]
    target_m: tuple[float, float, float]
    roll_rad: float
    view_rad: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lamp:
    """A disc of light that the camera does not see; `power_w` counts relative to the other lamps."""

    position_m: tuple[float, float, float]
    target_m: tuple[float, float, float]
    diameter_m: float
    power_w: float
    colour: Colour


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What one kind of scene arranges.

    Attributes
    ----------
    solids
        Everything that is seen.
    camera
        Where it is seen from.
    reach_m
        Size of what matters; lamps are placed by it.
    ceiling_m
        Height above which no lamp may be; None in the open.
    """

    solids: tuple[Solid, ...]
    camera: Camera
    reach_m: float
    ceiling_m: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenePlan:
    """Everything that decides a picture.

    Attributes
    ----------
    kind
        Name of the kind of scene.
    setting
        Solids and camera.
    lamps, sky
        Light; `sky` comes from everywhere, at its strength.
    exposure
        Linear level that the brightest twentieth of the pixels gets; above 1 it is overexposed.
    """

    kind: str
    setting: Setting
    lamps: tuple[Lamp, ...]
    sky: Colour
    exposure: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Names with their shares, which need not add up to one."""

    of: Mapping[str, float] = field(default_factory=dict)

    def draw(self, random: np.random.Generator) -> str:
        """Choose a name."""
        shares = np.array(list(self.of.values()))
        return str(random.choice(list(self.of), p=shares / shares.sum()))
