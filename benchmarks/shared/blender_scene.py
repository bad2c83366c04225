"""Textured cards for Blender's Cycles, which traces every ray through the lens."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import bpy  # pip install -e '.[blender]'; Python 3.13
import numpy as np

from capture.simulator.optics.disc import SHARP_SIGMA_PX
from capture.simulator.optics.numbers import Optics
from capture.simulator.optics.surface import FloatImage

SENSOR_MM = 36.0
_GAUSSIAN_WIDTHS = 12.0
"""Cycles' filter of width w is exp(−2·(6·x/w)²): a Gaussian of standard deviation w/12."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A surface of flat pieces that glows.

    Attributes
    ----------
    radiance
        (H, W, 3) float32 linear light, blue-green-red, for the whole canvas.
    points_px
        (N, 2) columns and rows of its corners on the canvas.
    vergence_dpt
        (N,) 1/z of the corners.
    faces
        Corners of each piece.
    """

    radiance: FloatImage
    points_px: FloatImage
    vergence_dpt: FloatImage
    faces: tuple[tuple[int, ...], ...]


def sheet(radiance: FloatImage, vergence_dpt: FloatImage, *, pieces: int = 64) -> Card:
    """Cover the whole canvas with a surface of (H, W) vergence, in `pieces` × `pieces` flat ones."""
    size_px = len(vergence_dpt)
    ticks = np.linspace(0.0, size_px, pieces + 1)
    columns, rows = (axis.ravel() for axis in np.meshgrid(ticks, ticks))
    at = [np.clip(axis - 0.5, 0.0, size_px - 1.0).round().astype(int) for axis in (rows, columns)]
    first = [row * (pieces + 1) + column for row in range(pieces) for column in range(pieces)]
    return Card(
        radiance=radiance,
        points_px=np.column_stack((columns, rows)).astype(np.float32),
        vergence_dpt=vergence_dpt[at[0], at[1]],
        faces=tuple((k, k + 1, k + pieces + 2, k + pieces + 1) for k in first),
    )


def polygon(radiance: FloatImage, corners_px: FloatImage, *, vergence_dpt: float) -> Card:
    """One flat card that faces the camera."""
    count = len(corners_px)
    return Card(
        radiance=radiance,
        points_px=corners_px,
        vergence_dpt=np.full(count, vergence_dpt, np.float32),
        faces=(tuple(range(count)),),
    )


def trace(
    cards: Sequence[Card], *, optics: Optics, focus_dpt: Sequence[float], margin_px: int, samples: int
) -> FloatImage:
    """Render the cards at several focus positions.

    Returns
    -------
    images
        (S, H, W, 3) float32 linear light, blue-green-red, without the margin.
    """
    bpy.ops.wm.read_factory_settings(use_empty=True)
    canvas_px = cards[0].radiance.shape[0]
    side_px = canvas_px - 2 * margin_px
    for card in cards:
        _add_card(card, optics=optics, canvas_px=canvas_px)
    camera = _add_camera(optics, side_px=side_px)
    scene = bpy.context.scene
    _set_up(scene, side_px=side_px, samples=samples)
    images = []
    with TemporaryDirectory() as folder:
        for number, focus in enumerate(focus_dpt):
            camera.dof.focus_distance = 1.0 / focus
            scene.render.filepath = str(Path(folder) / f"{number}.exr")
            bpy.ops.render.render(write_still=True)
            images.append(_read(scene.render.filepath))
    return np.stack(images)


def _add_camera(optics: Optics, *, side_px: int) -> "bpy.types.Camera":
    data = bpy.data.cameras.new("camera")
    data.sensor_width = SENSOR_MM
    data.lens = optics.focal_length_px / side_px * SENSOR_MM
    data.dof.use_dof = True
    data.dof.aperture_fstop = data.lens * 1e-3 / optics.aperture_m  # its aperture is the lens over this
    camera = bpy.data.objects.new("camera", data)
    bpy.context.scene.collection.objects.link(camera)
    bpy.context.scene.camera = camera
    return data


def _add_card(card: Card, *, optics: Optics, canvas_px: int) -> None:
    """Place a card; the camera is at the origin and looks along −z, with y up."""
    z_m = 1.0 / card.vergence_dpt[:, None]
    offset_m = (card.points_px - canvas_px / 2) * z_m / optics.focal_length_px
    corners_m = np.column_stack((offset_m[:, 0], -offset_m[:, 1], -z_m[:, 0]))
    mesh = bpy.data.meshes.new("card")
    mesh.from_pydata(corners_m.tolist(), [], card.faces)
    layer = mesh.uv_layers.new()
    for loop in mesh.loops:
        column, row = (card.points_px[loop.vertex_index] / canvas_px).tolist()
        layer.data[loop.index].uv = (column, 1.0 - row)
    mesh.materials.append(_glowing(card.radiance))
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("card", mesh))


def _glowing(radiance: FloatImage) -> "bpy.types.Material":
    height, width, _ = radiance.shape
    image = bpy.data.images.new("texture", width, height, float_buffer=True, is_data=True)
    pixels = np.ones((height, width, 4), np.float32)
    pixels[..., :3] = radiance[::-1, :, ::-1]  # rows from below, red first
    image.pixels.foreach_set(pixels.ravel())
    image.pack()
    material = bpy.data.materials.new("glowing")
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    nodes.clear()
    texture, light, out = (
        nodes.new(kind) for kind in ("ShaderNodeTexImage", "ShaderNodeEmission", "ShaderNodeOutputMaterial")
    )
    texture.image = image
    texture.extension = "EXTEND"
    links.new(texture.outputs["Color"], light.inputs["Color"])
    links.new(light.outputs["Emission"], out.inputs["Surface"])
    return material


def _set_up(scene: "bpy.types.Scene", *, side_px: int, samples: int) -> None:
    scene.render.engine = "CYCLES"
    scene.render.resolution_x = scene.render.resolution_y = side_px
    scene.render.image_settings.file_format = "OPEN_EXR"
    scene.render.image_settings.color_depth = "32"
    scene.view_settings.view_transform = "Raw"
    scene.cycles.samples = samples
    scene.cycles.use_adaptive_sampling = False
    scene.cycles.use_denoising = False
    scene.cycles.max_bounces = 0
    scene.cycles.pixel_filter_type = "GAUSSIAN"
    scene.cycles.filter_width = _GAUSSIAN_WIDTHS * SHARP_SIGMA_PX


def _read(path: str) -> FloatImage:
    image = bpy.data.images.load(path)
    image.colorspace_settings.name = "Non-Color"
    width, height = image.size
    pixels = np.empty(height * width * 4, np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    return np.ascontiguousarray(pixels.reshape(height, width, 4)[::-1, :, 2::-1])
