"""Blender renders a plan. No other module of the package imports bpy, which is GPL and an option."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy
import numpy as np
from numpy.typing import NDArray

from focstream.files.part_files import scratch_folder
from training.data.blender.plan import Camera, Lamp, Material, ScenePlan, Solid
from training.data.blender.shaders import BlenderThing, fill_depth, fill_material

SAMPLES = 10
"""Paths a pixel, before Intel's denoiser: about two seconds of one core at 256 × 256."""
FILTER_PX = 1.2
"""Width of the pixel filter of the colours."""
POINT_PX = 0.01
"""Width of the filter of the depth, the least that Cycles takes: the pixel's centre."""


class Studio:
    """One plan, built in Blender; `depth_m` and `radiance` render it."""

    def __init__(self, plan: ScenePlan, *, size_px: int, samples: int, folder: Path) -> None:
        self._size_px, self._samples, self._folder = size_px, samples, folder
        bpy.ops.wm.read_factory_settings(use_empty=True)
        self._scene = bpy.context.scene
        self._set_up_renderer()
        self._materials: dict[Material, BlenderThing] = {}
        for solid in plan.setting.solids:
            self._add_solid(solid)
        for lamp in plan.lamps:
            self._add_lamp(lamp)
        self._add_camera(plan.setting.camera)
        self._sky = plan.sky

    def depth_m(self) -> NDArray[np.float32]:
        """Render the (H, W) planar depth at the centres of the pixels; NaN where nothing is."""
        override = bpy.data.materials.new("depth")
        fill_depth(_empty_tree(override))
        self._scene.view_layers[0].material_override = override
        self._set_sky((0.0, 0.0, 0.0))
        self._sample(1, filter_px=POINT_PX, denoise=False)
        depth = self._rendered("depth")[..., 0]
        self._scene.view_layers[0].material_override = None
        return np.where(depth > 0, depth, np.float32(np.nan))

    def radiance(self) -> NDArray[np.float32]:
        """Render the (H, W, 3) colours, red-green-blue, linear light in any unit."""
        self._set_sky(self._sky)
        self._sample(self._samples, filter_px=FILTER_PX, denoise=True)
        return self._rendered("colour")

    def _set_up_renderer(self) -> None:
        render, cycles = self._scene.render, self._scene.cycles
        render.engine = "CYCLES"
        render.resolution_x = render.resolution_y = self._size_px
        render.threads_mode, render.threads = "FIXED", 1  # the work is shared out by pictures
        render.image_settings.file_format, render.image_settings.color_depth = "OPEN_EXR", "32"
        render.image_settings.exr_codec = "NONE"
        cycles.device, cycles.seed = "CPU", 0
        cycles.use_adaptive_sampling = False
        cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 2, 2, 2
        cycles.use_light_tree = False  # a seventh slower, for three lamps
        cycles.denoising_quality = cycles.denoising_prefilter = "FAST"
        cycles.caustics_reflective = cycles.caustics_refractive = False
        cycles.sample_clamp_indirect = 10.0

    def _sample(self, samples: int, *, filter_px: float, denoise: bool) -> None:
        cycles = self._scene.cycles
        cycles.samples, cycles.use_denoising = samples, denoise
        cycles.pixel_filter_type, cycles.filter_width = "BLACKMAN_HARRIS", filter_px

    def _rendered(self, name: str) -> NDArray[np.float32]:
        path = self._folder / f"{name}.exr"
        self._scene.render.filepath = str(path)
        bpy.ops.render.render(write_still=True)
        # Blender does not hand out the pixels of a render; those of an image read from a file, it does.
        image = bpy.data.images.load(str(path))
        image.colorspace_settings.name = "Non-Color"
        pixels = np.empty(self._size_px**2 * 4, np.float32)
        image.pixels.foreach_get(pixels)
        bpy.data.images.remove(image)
        path.unlink()
        upright = pixels.reshape(self._size_px, self._size_px, 4)[::-1, :, :3]  # rows come from the bottom
        return np.ascontiguousarray(upright)

    def _add_solid(self, solid: Solid) -> None:
        mesh = bpy.data.meshes.new("solid")
        mesh.from_pydata(solid.mesh.points.tolist(), [], solid.mesh.faces)
        if solid.smooth:
            mesh.shade_smooth()
        if solid.material not in self._materials:
            material = bpy.data.materials.new("material")
            fill_material(_empty_tree(material), solid.material)
            self._materials[solid.material] = material
        mesh.materials.append(self._materials[solid.material])
        placed = bpy.data.objects.new("solid", mesh)
        self._scene.collection.objects.link(placed)
        if solid.bevel_m:
            bevel = placed.modifiers.new("bevel", "BEVEL")
            bevel.width, bevel.segments = solid.bevel_m, 2

    def _add_lamp(self, lamp: Lamp) -> None:
        light = bpy.data.lights.new("lamp", "AREA")
        light.shape, light.size = "DISK", lamp.diameter_m
        light.energy, light.color = lamp.power_w, lamp.colour
        placed = bpy.data.objects.new("lamp", light)
        placed.visible_camera = False  # it has no depth
        _aim(placed, lamp.position_m, lamp.target_m)
        self._scene.collection.objects.link(placed)

    def _add_camera(self, camera: Camera) -> None:
        lens = bpy.data.cameras.new("camera")
        lens.angle, lens.clip_start, lens.clip_end = camera.view_rad, 1e-3, 1e3
        placed = bpy.data.objects.new("camera", lens)
        _aim(placed, camera.position_m, camera.target_m, roll_rad=camera.roll_rad)
        self._scene.collection.objects.link(placed)
        self._scene.camera = placed

    def _set_sky(self, colour: tuple[float, float, float]) -> None:
        world = bpy.data.worlds.new("sky")
        tree = _empty_tree(world)
        light = tree.nodes.new("ShaderNodeBackground")
        light.inputs["Color"].default_value = (*colour, 1.0)
        tree.links.new(light.outputs["Background"], tree.nodes.new("ShaderNodeOutputWorld").inputs["Surface"])
        self._scene.world = world


@contextmanager
def studio(plan: ScenePlan, *, size_px: int, samples: int = SAMPLES) -> Iterator[Studio]:
    """Build a plan in Blender; what was there before is gone.

    Parameters
    ----------
    plan
        The scene.
    size_px
        Side of the pictures.
    samples
        Paths a pixel of the colours.
    """
    with scratch_folder() as folder:
        yield Studio(plan, size_px=size_px, samples=samples, folder=folder)


def _empty_tree(owner: BlenderThing) -> BlenderThing:
    owner.node_tree.nodes.clear()
    return owner.node_tree


def _aim(
    placed: BlenderThing, position_m: tuple[float, ...], target_m: tuple[float, ...], *, roll_rad: float = 0.0
) -> None:
    """Point the −z axis of a thing at a target, as cameras and lamps look along it, with +y up."""
    back = np.subtract(position_m, target_m, dtype=np.float64)
    back /= np.linalg.norm(back)
    right = np.cross((0.0, 0.0, 1.0), back)
    if np.linalg.norm(right) < 1e-6:  # straight down or up
        right = np.array([1.0, 0.0, 0.0])
    right /= np.linalg.norm(right)
    up = np.cross(back, right)
    cos, sin = math.cos(roll_rad), math.sin(roll_rad)
    axes = np.column_stack([cos * right + sin * up, cos * up - sin * right, back])
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = axes, position_m
    placed.matrix_world = matrix.T  # Blender takes the columns
