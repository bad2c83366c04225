"""One depth map as the page gets it: a line of JSON, then raw values and a JPEG."""

import json
import math
from dataclasses import asdict, dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.apply.confidence import Confidence
from focstream.acquisition_counts import AcquisitionCounts
from focstream.types import DepthUpdate, FocusScale, HeightScale, Intrinsics
from publish.look.live_figures import Figures
from publish.look.sweep_track import Slot, index_of
from publish.region_numbers import region_numbers
from publish.scale_labels import labels_of

MOST_PIXELS = 400_000
"""Larger maps are thinned to every k-th pixel: values stay exact, and a browser keeps up."""
_ALIGN = 8
_JPEG_QUALITY = 88


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An update, its number, and the slots of its sweep when it was handed out."""

    update: DepthUpdate
    seq: int
    slots: tuple[Slot, ...]


def pack_packet(
    shown: Shown, *, figures: Figures, counts: AcquisitionCounts, source: str, cloud: Confidence | None = None
) -> bytes:
    """Return ``JSON + spaces + newline``, padded to 8 bytes, then depth, σ (both float32) and a JPEG.

    Depth and σ are those that are published, in the unit that the header names; little-endian, row by row.
    `cloud` is what depth must be to get into point clouds; None for whole clouds.
    """
    full, step = shown.update, step_of(shown.update.coordinate.shape)
    update = replace(
        full,
        coordinate=np.ascontiguousarray(full.coordinate[::step, ::step]),
        coordinate_sigma=np.ascontiguousarray(full.coordinate_sigma[::step, ::step]),
    )
    jpeg = _jpeg(full.all_in_focus, update.coordinate.shape)
    header = {
        **_map_fields(update, step=step),
        "size": full.coordinate.shape,
        **_live_fields(shown, figures=figures, counts=counts),
        "lens": _lens(full.intrinsics),
        "slots": [[slot.index, round(slot.coordinate, 5), slot.seen] for slot in shown.slots],
        "source": source,
        "cloud": {"sigma": _share(cloud), "whole": cloud is None},
        "jpeg_bytes": len(jpeg),
    }
    head = json.dumps(header, allow_nan=False).encode()
    head += b" " * (-(len(head) + 1) % _ALIGN) + b"\n"
    return b"".join((head, _little(update.depth()), _little(update.sigma()), jpeg))


def _map_fields(update: DepthUpdate, *, step: int) -> dict[str, Any]:
    scale, tag = update.scale, update.tag
    return {
        "shape": update.coordinate.shape,
        "step": step,
        "unit": update.unit,
        "calibrated": update.calibrated,
        "far_dpt": scale.far_dpt if isinstance(scale, FocusScale) else None,
        "near_dpt": scale.near_dpt if isinstance(scale, FocusScale) else None,
        "far_um": scale.far_um if isinstance(scale, HeightScale) else None,
        "near_um": scale.near_um if isinstance(scale, HeightScale) else None,
        "labels": [[label.coordinate, label.text] for label in labels_of(scale)],
        "sweep": tag.sweep_id,
        "taken_ms": tag.exposure_mid_ns / 1e6,
        "slot": index_of(tag),
        "coordinate": tag.sweep_coordinate,
        "direction": tag.direction,
        "temperature_c": tag.temperature_c,
        "slices_seen": update.slices_seen,
        "slots_of_sweep": tag.slots,
        "final": update.final,
        "broken": update.broken,
        "regions": region_numbers(update),
        "model": update.model,
        "engine": update.engine,
    }


def _lens(intrinsics: Intrinsics | None) -> tuple[float, ...] | None:
    """Return fx, fy, cx, cy and the distortion in the order of OpenCV."""
    if intrinsics is None:
        return None
    lens = intrinsics
    return (lens.fx_px, lens.fy_px, lens.cx_px, lens.cy_px, *lens.distortion)


def _share(cloud: Confidence | None) -> float | None:
    """Return the largest σ in clouds as a share of the sweep; None where it is up to the map."""
    return None if cloud is None or cloud.in_metres else cloud.sigma


def _live_fields(shown: Shown, *, figures: Figures, counts: AcquisitionCounts) -> dict[str, Any]:
    return {
        "seq": shown.seq,
        **{name: value if math.isfinite(value) else None for name, value in asdict(figures).items()},
        "gaps": counts.gaps,
        "dropped": counts.dropped,
        "queued": counts.queued,
    }


def step_of(shape: tuple[int, ...]) -> int:
    """Every how many-th row and column of a map (H, W) is shown."""
    return max(1, math.ceil(math.sqrt(shape[0] * shape[1] / MOST_PIXELS)))


def _little(values: NDArray[np.float32]) -> bytes:
    return np.ascontiguousarray(values, dtype="<f4").tobytes()


def _jpeg(image: NDArray[np.uint8], shape: tuple[int, ...]) -> bytes:
    if image.shape[:2] != shape:
        image = np.asarray(cv2.resize(image, (shape[1], shape[0]), interpolation=cv2.INTER_AREA), np.uint8)
    _, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return jpeg.tobytes()
