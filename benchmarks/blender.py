"""Checks our defocus renderer against Blender's Cycles, which traces every ray through the lens.

Both render the same scenes (a slanted background, a polygon and a thin bar before it, all textured) at the
same focus positions. The renderer is the one of the simulated camera and of the training data.

    pip install -e '.[blender]'  # Blender as a module; Python 3.13
    python -m benchmarks.blender --picture blender.jpg
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import tyro

from benchmarks.shared.blender_scene import Card, polygon, sheet, trace
from benchmarks.shared.piped import piped
from capture.simulator.optics.numbers import Optics
from capture.simulator.optics.surface import FloatImage, Surface
from capture.simulator.optics.thin_lens import defocus_stack
from capture.simulator.scenes.textures import octave_noise
from focstream.program.device import device

SIDE_PX, MARGIN_PX = 128, 32
FAR_DPT, NEAR_DPT = 0.5, 2.5
SUPERSAMPLING = 8
OPTICS = Optics(focal_length_m=12e-3, pixel_pitch_m=24e-6, f_number=0.5)
EDGE_PX = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class BlenderSettings:
    """What to compare.

    Attributes
    ----------
    scenes, slices
        Random scenes, and focus positions of each.
    samples
        Rays for each pixel.
    picture
        File for a picture of the last scene: Blender, ours, and ten times the difference.
    """

    scenes: int = 3
    slices: int = 5
    samples: int = 2048
    picture: Path | None = None


def main(settings: BlenderSettings) -> None:
    """Render with both, and print how far apart they are."""
    canvas_px = SIDE_PX + 2 * MARGIN_PX
    focus_dpt = np.linspace(FAR_DPT, NEAR_DPT, settings.slices).tolist()
    lines = [f"{device()}; {settings.samples} rays a pixel", _HEAD]
    for seed in range(settings.scenes):
        cards, surfaces = _scene(np.random.default_rng(seed), canvas_px)
        traced = trace(
            cards, optics=OPTICS, focus_dpt=focus_dpt, margin_px=MARGIN_PX, samples=settings.samples
        )
        ours = defocus_stack(surfaces, optics=OPTICS, focus_dpt=focus_dpt, margin_px=MARGIN_PX)
        edge = _near_edges(surfaces)
        lines += [
            _row(seed, focus, reference, image, edge)
            for focus, reference, image in zip(focus_dpt, traced, ours, strict=True)
        ]
    sys.stdout.write("\n".join(lines) + "\n")
    if settings.picture:
        _draw(settings.picture, traced, ours)


_HEAD = (
    "| scene | focus (dpt) | mean difference | at depth edges | 99th percentile | PSNR (dB) |\n|" + "---|" * 6
)


def _row(seed: int, focus: float, traced: FloatImage, ours: FloatImage, edge: np.ndarray) -> str:
    difference = np.abs(_display(traced) - _display(ours)).mean(axis=2)
    psnr = -10.0 * np.log10(np.mean(np.square(_display(traced) - _display(ours))))
    return (
        f"| {seed} | {focus:.2f} | {difference.mean():.4f} | {difference[edge].mean():.4f} | "
        f"{np.percentile(difference, 99):.4f} | {psnr:.1f} |"
    )


def _scene(random: np.random.Generator, canvas_px: int) -> tuple[list[Card], list[Surface]]:
    """Return the same scene for both, far to near."""
    rows, columns = (np.mgrid[:canvas_px, :canvas_px].astype(np.float32) + 0.5) / canvas_px - 0.5
    slope = random.uniform(-0.5, 0.5, 2)
    back_dpt = np.asarray(0.9 + slope[0] * rows + slope[1] * columns, np.float32)
    paint = _paint(random, canvas_px)
    cards, surfaces = [sheet(paint, back_dpt)], [_surface(paint, np.ones_like(back_dpt), back_dpt)]
    for corners, low, high in (
        (_blob(random, canvas_px), 1.4, 1.9),
        (_bar(random, canvas_px), 2.0, 2.5),
    ):
        dpt = float(random.uniform(low, high))
        paint = _paint(random, canvas_px)
        cards.append(polygon(paint, corners, vergence_dpt=dpt))
        surfaces.append(_surface(paint, _coverage(corners, canvas_px), np.full_like(back_dpt, dpt)))
    return cards, surfaces


def _surface(radiance: FloatImage, coverage: FloatImage, vergence_dpt: FloatImage) -> Surface:
    return Surface(radiance=radiance, coverage=coverage, vergence_dpt=vergence_dpt)


def _paint(random: np.random.Generator, canvas_px: int) -> FloatImage:
    """(H, W, 3) linear light with detail of all sizes."""
    shape = (canvas_px, canvas_px)
    grey = octave_noise(random, shape, coarsest_px=32.0)[..., None]
    colour = np.dstack([octave_noise(random, shape, coarsest_px=32.0, finest_px=8.0) for _ in range(3)])
    mean = random.uniform(0.25, 0.6, 3)
    return np.asarray(np.clip(mean + 0.1 * grey + 0.05 * colour, 0.02, 1.0), np.float32)


def _blob(random: np.random.Generator, canvas_px: int) -> FloatImage:
    angles = np.sort(random.uniform(0.0, 2.0 * np.pi, 7))
    radii = random.uniform(0.12, 0.24, 7) * canvas_px
    around = radii[:, None] * np.column_stack((np.cos(angles), np.sin(angles)))
    return np.asarray(canvas_px * random.uniform(0.4, 0.6, 2) + around, np.float32)


def _bar(random: np.random.Generator, canvas_px: int) -> FloatImage:
    angle = float(random.uniform(0.0, np.pi))
    along = 0.2 * canvas_px * np.array([np.cos(angle), np.sin(angle)])
    across = random.uniform(1.5, 3.0) * np.array([-np.sin(angle), np.cos(angle)])
    centre = canvas_px * random.uniform(0.4, 0.6, 2)
    corners = [along + across, along - across, -along - across, across - along]
    return np.asarray([centre + corner for corner in corners], np.float32)


def _coverage(corners_px: FloatImage, canvas_px: int) -> FloatImage:
    side = canvas_px * SUPERSAMPLING
    mask = np.zeros((side, side), np.uint8)
    # A corner at 0 is the canvas's border; for cv2 it is the middle of the first pixel. 8 bits of fraction.
    points = np.round((corners_px * SUPERSAMPLING - 0.5) * 256).astype(np.int32)
    cv2.fillPoly(mask, [points], 255, shift=8)
    small = cv2.resize(mask, (canvas_px, canvas_px), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32) / np.float32(255)


def _near_edges(surfaces: Sequence[Surface]) -> np.ndarray:
    """(H, W) bool: within `EDGE_PX` of an outline, without the margin."""
    kernel = np.ones((2 * EDGE_PX + 1, 2 * EDGE_PX + 1), np.uint8)
    near = np.zeros(surfaces[0].coverage.shape, np.uint8)
    for surface in surfaces[1:]:
        inside = (surface.coverage > 0.5).astype(np.uint8)
        near |= np.bitwise_xor(cv2.dilate(inside, kernel), cv2.erode(inside, kernel), dtype=np.uint8)
    return near[MARGIN_PX:-MARGIN_PX, MARGIN_PX:-MARGIN_PX].astype(bool)


def _display(linear: FloatImage) -> FloatImage:
    return np.asarray(np.clip(linear, 0.0, 1.0) ** (1.0 / 2.2), np.float32)


def _draw(path: Path, traced: FloatImage, ours: FloatImage) -> None:
    """Rows: Blender, ours, ten times the difference around grey; columns: focus positions."""
    difference = 0.5 + 10.0 * (_display(ours) - _display(traced))
    rows = [np.hstack(list(images)) for images in (_display(traced), _display(ours), difference)]
    picture = np.clip(np.vstack(rows) * 255.0, 0.0, 255.0).astype(np.uint8)
    cv2.imwrite(str(path), picture, [cv2.IMWRITE_JPEG_QUALITY, 90])


if __name__ == "__main__":
    with piped():
        main(tyro.cli(BlenderSettings, prog="python -m benchmarks.blender"))
