"""Draws and saves what models make of Mobile Depth."""

import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from inference.depth_model import DepthMaps
from training.benchmarks.padding import cropped, padded
from training.benchmarks.protocols.mobile_rules import MobileRules
from training.benchmarks.saved_maps import save_map
from training.benchmarks.sets.mobile import mobile_scenes, read_mobile
from training.data.real_stack import RealStack
from training.judging.contact_sheet import contact_sheet, drawn_row, save_sheet
from training.judging.judge import maps_after_all_slices
from training.judging.judged_models import JudgedModel

_log = logging.getLogger(__name__)


def draw_mobile(
    models: Sequence[JudgedModel],
    data: Path,
    rules: MobileRules,
    *,
    limit: int | None,
    maps: Path | None,
    sheet: Path | None,
    row_px: int,
) -> None:
    """Run models over the calibrated stacks of a folder; save sweep coordinates, a contact sheet, or both.

    Raises
    ------
    InputError
        When the stacks cannot be read, or the pictures not be written.
    """
    scenes = mobile_scenes(data)[:limit]
    sys.stdout.write(
        f"Mobile Depth by the protocol {rules.protocol}: {rules.text}; padding: {rules.padding}\n"
    )
    labels, rows = [model.label for model in models], []
    for scene in tqdm(scenes, desc="Mobile Depth", unit="stack", disable=None, leave=False):
        stack = read_mobile(scene, rules)
        found = [_maps(model, stack, rules) for model in models]
        if maps is not None:
            for label, one in zip(labels, found, strict=True):
                save_map(maps, stack=stack.name, model=label, values=one.coordinate)
        if sheet is not None:
            rows.append(drawn_row(stack, labels, found, height_px=row_px))
    if sheet is not None:
        save_sheet(sheet, contact_sheet(rows))
        _log.info("%s: %d stacks", sheet, len(rows))


def _maps(model: JudgedModel, stack: RealStack, rules: MobileRules) -> DepthMaps:
    images = [padded(image, rules.padding) for image in stack.images]
    whole = maps_after_all_slices(model.model, images, stack.coordinates)
    shape = stack.images[0].shape
    return DepthMaps(
        coordinate=cropped(whole.coordinate, rules.padding, shape=shape),
        coordinate_sigma=cropped(whole.coordinate_sigma, rules.padding, shape=shape),
        all_in_focus=cropped(whole.all_in_focus, rules.padding, shape=shape),
    )
