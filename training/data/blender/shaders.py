"""Materials as Blender's shader nodes."""

from typing import Any, TypeAlias

from training.data.blender.plan import Material

BlenderThing: TypeAlias = Any
"""A node, a tree, an object …: Blender has no types for mypy."""

_NODES = {
    "noise": "Noise", "cells": "Voronoi", "cracks": "Voronoi", "wave": "Wave", "rings": "Wave",
    "brick": "Brick", "checker": "Checker", "magic": "Magic", "speckle": "Noise",
}  # fmt: skip
BUMP_SHARE = 0.1
"""Height of the bumps, in repeats of the pattern."""


def fill_material(tree: BlenderThing, material: Material) -> None:
    """Put a material into an empty node tree of Blender."""
    nodes, link = tree.nodes, tree.links.new
    surface = nodes.new("ShaderNodeBsdfPrincipled")
    surface.inputs["Roughness"].default_value = material.roughness
    surface.inputs["Metallic"].default_value = material.metallic
    surface.inputs["Coat Weight"].default_value = material.coat
    surface.inputs["Base Color"].default_value = (*material.colours[0], 1.0)
    link(surface.outputs["BSDF"], nodes.new("ShaderNodeOutputMaterial").inputs["Surface"])
    if material.pattern == "plain":
        return
    value = _pattern(tree, material)
    ramp = nodes.new("ShaderNodeValToRGB")
    _fill_ramp(ramp.color_ramp, material)
    link(value, ramp.inputs["Fac"])
    link(ramp.outputs["Color"], surface.inputs["Base Color"])
    if material.bump:
        bump = nodes.new("ShaderNodeBump")
        bump.inputs["Strength"].default_value = material.bump
        bump.inputs["Distance"].default_value = BUMP_SHARE / material.scale_per_m
        link(value, bump.inputs["Height"])
        link(bump.outputs["Normal"], surface.inputs["Normal"])


def fill_depth(tree: BlenderThing) -> None:
    """Fill an empty node tree with a surface that shines with its own planar depth."""
    glow = tree.nodes.new("ShaderNodeEmission")
    camera = tree.nodes.new("ShaderNodeCameraData")
    tree.links.new(camera.outputs["View Z Depth"], glow.inputs["Color"])
    tree.links.new(glow.outputs["Emission"], tree.nodes.new("ShaderNodeOutputMaterial").inputs["Surface"])


def _pattern(tree: BlenderThing, material: Material) -> BlenderThing:
    """Add the texture of a pattern; returns the output that gives 0 … 1."""
    where = tree.nodes.new("ShaderNodeTexCoord")
    place = tree.nodes.new("ShaderNodeMapping")
    place.inputs["Location"].default_value = [shift * material.scale_per_m for shift in material.shift_m]
    place.inputs["Rotation"].default_value = material.turn_rad
    place.inputs["Scale"].default_value = [material.scale_per_m] * 3
    tree.links.new(where.outputs["Object"], place.inputs["Vector"])
    texture = tree.nodes.new(f"ShaderNodeTex{_NODES[material.pattern]}")
    tree.links.new(place.outputs["Vector"], texture.inputs["Vector"])
    _set(texture, "Scale", 4.0 if material.pattern == "speckle" else 1.0)
    _set(texture, "Detail", material.detail)
    _set(texture, "Distortion", material.distortion)
    if material.pattern == "rings":
        texture.wave_type = "RINGS"
    if material.pattern == "cracks":
        texture.feature = "DISTANCE_TO_EDGE"
    if material.pattern == "cells":
        return _mean_of_colour(tree, texture)
    outputs = {"checker": "Fac", "brick": "Fac", "cracks": "Distance", "magic": "Fac"}
    return texture.outputs[outputs.get(material.pattern, "Fac")]


def _mean_of_colour(tree: BlenderThing, texture: BlenderThing) -> BlenderThing:
    """Give every Voronoi cell a grey of its own."""
    grey = tree.nodes.new("ShaderNodeRGBToBW")
    tree.links.new(texture.outputs["Color"], grey.inputs["Color"])
    return grey.outputs["Val"]


def _set(texture: BlenderThing, name: str, value: float) -> None:
    if name in texture.inputs:  # not every texture has every input
        texture.inputs[name].default_value = value


def _fill_ramp(ramp: BlenderThing, material: Material) -> None:
    # Noise keeps to the middle of 0 … 1, so the colours do too.
    low, high = (0.0, 1.0) if material.pattern in ("brick", "checker", "wave", "rings") else (0.3, 0.7)
    if material.pattern == "cracks":
        low, high = 0.02, 0.25
    ramp.interpolation = "CONSTANT" if material.sharp else "LINEAR"
    count = len(material.colours)
    while len(ramp.elements) < count:
        ramp.elements.new(1.0)
    for k, (element, colour) in enumerate(zip(ramp.elements, material.colours, strict=True)):
        element.position = low + (high - low) * k / (count - (0 if material.sharp else 1))
        element.color = (*colour, 1.0)
