"""Mobile Depth (Suwajanakorn et al., CVPR 2015): stacks of telephones, calibrated, without truth.

``depth_from_focus_data3.zip`` holds ``Aligned/Figure5/metals/a01.jpg`` …, ``depth_from_focus_data2.zip``
``calibration/metal/calibrated.txt``: a focus distance and an aperture for every image, and at last the focal
length.
"""

import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import cv2
import numpy as np

from capture.folder.formats.image_file import read_image
from focstream.files.text_file import read_text
from focstream.focal_slice import Image
from focstream.types import InputError
from training.benchmarks.protocols.mobile_rules import MobileRules, taken_images
from training.data.real_stack import RealStack

_log = logging.getLogger(__name__)

_IMAGE_NAME = re.compile(r"a(\d+)\.jpg")
_CALIBRATED_AS = {"metals": "metal", "largemotion": "GTLarge", "smallmotion": "GTSmall", "zeromotion": "GT"}
_LIST_NAME = "calibrated.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class MobileScene:
    """A stack that can be read.

    Attributes
    ----------
    name
        Of the folder of its images.
    images
        Their files, in the order of their numbers.
    distances
        Calibrated focus distance of every image.
    """

    name: str
    images: tuple[Path, ...]
    distances: tuple[float, ...]


def mobile_scenes(root: Path) -> list[MobileScene]:
    """Find the calibrated stacks in a folder into which both archives were unpacked, by name.

    Stacks without a calibration are passed over, with a line in the log.

    Raises
    ------
    InputError
        When there are none, or a calibration does not fit its images.
    """
    aligned, calibration = _folder(root, "Aligned"), _folder(root, "calibration")
    scenes = []
    for folder in sorted(aligned.glob("Figure*/*"), key=lambda path: path.name):
        images = _images(folder)
        if not images:
            continue
        names = (folder.name, _CALIBRATED_AS.get(folder.name, folder.name))
        lists = [path for name in names if (path := calibration / name / _LIST_NAME).is_file()]
        if not lists:
            _log.warning("%s is passed over: %s has no calibration of it", folder, calibration)
            continue
        distances = _read_distances(lists[0], count=len(images))
        scenes.append(MobileScene(name=folder.name, images=images, distances=distances))
    if not scenes:
        raise InputError(f"{aligned}: no Figure…/SCENE/a….jpg in it has a calibration in {calibration}")
    return scenes


def read_mobile(scene: MobileScene, rules: MobileRules) -> RealStack:
    """Read the images that a protocol takes, the farthest first.

    Raises
    ------
    InputError
        When one cannot be read.
    """
    taken = taken_images(rules.protocol, scene.name, scene.distances)
    return RealStack(
        name=scene.name,
        images=tuple(_scaled(read_image(scene.images[one.index]), rules.shorter_px) for one in taken),
        coordinates=tuple(one.coordinate for one in taken),
    )


def _folder(root: Path, name: str) -> Path:
    for pattern in (name, f"*/{name}", f"*/*/{name}"):
        found = [path for path in sorted(root.glob(pattern)) if path.is_dir()]
        if found:
            return found[0]
    raise InputError(
        f"{root} has no folder {name}; unpack depth_from_focus_data2.zip and depth_from_focus_data3.zip there"
    )


def _images(folder: Path) -> tuple[Path, ...]:
    if not folder.is_dir():
        return ()
    found = [
        (int(match[1]), path) for path in folder.iterdir() if (match := _IMAGE_NAME.fullmatch(path.name))
    ]
    return tuple(path for _, path in sorted(found))


def _read_distances(path: Path, *, count: int) -> tuple[float, ...]:
    try:
        lines = read_text(path).splitlines()
        values = tuple(float(line.split()[0]) for line in lines if line.strip())
    except ValueError as error:
        raise InputError(f"{path}: is no list of focus distances ({error})") from None
    if len(values) != count + 1 or not np.isfinite(values).all():
        raise InputError(f"{path}: {len(values)} lines; expected {count}, one an image, and the focal length")
    return values[:-1]


def _scaled(image: Image, shorter_px: int | None) -> Image:
    if shorter_px is None:
        return image
    scale = shorter_px / min(image.shape[:2])
    return cast("Image", cv2.resize(image, None, fx=scale, fy=scale))
