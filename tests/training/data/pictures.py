"""Small data sets in the layout of the real ones."""

from pathlib import Path

import cv2
import numpy as np


def make_textures(data: Path, *, count: int = 10) -> Path:
    folder = data / "textures"
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    for index in range(count):
        noise = cv2.GaussianBlur(random.integers(0, 255, (120, 160, 3), np.uint8), (0, 0), 1.0)
        cv2.imwrite(str(folder / f"{index}.jpg"), noise)
    return data


def make_nyu(data: Path, *, numbers: tuple[int, ...] = (0, 1, 1304)) -> Path:
    """A near square before a far wall."""
    (data / "nyuv2/rgb").mkdir(parents=True)
    (data / "nyuv2/depth").mkdir()
    random = np.random.default_rng(1)
    for number in numbers:
        image = cv2.GaussianBlur(random.integers(0, 255, (120, 160, 3), np.uint8), (0, 0), 1.0)
        depth = np.full((120, 160), 200, np.uint8)
        depth[40:80, 60:100] = 50
        cv2.imwrite(str(data / f"nyuv2/rgb/{number:04d}.jpg"), image)
        cv2.imwrite(str(data / f"nyuv2/depth/{number:04d}.png"), depth)
    return data
