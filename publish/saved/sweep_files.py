"""One finished sweep as a folder of files."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.apply.confidence import Confidence
from calibration.apply.flying_pixels import counts_in_cloud
from calibration.apply.point_cloud import ply_bytes
from focstream.depth_update import FloatMap, true_coordinate
from focstream.program.descriptors import when_one_is_free
from focstream.types import DepthUpdate, Intrinsics
from publish.colour import depth_picture
from publish.saved.sweep_record import record_json
from publish.saved.truth_pictures import error_picture, truth_picture
from publish.wire.millimetres import to_millimetres


def write_sweep(
    folder: Path,
    update: DepthUpdate,
    *,
    sweeps_not_saved: int,
    truth_vergence_dpt: FloatMap | None = None,
    cloud: Confidence | None = None,
) -> None:
    """Write every file of `update` into an empty `folder`; with the truth, pictures of it and of the error.

    `cloud` is what depth must be to get into the point cloud; None for all of it.

    Raises
    ------
    OSError
        When the disk is full or cannot be written.
    """
    for name, content in _files(update, cloud):
        _write(folder / name, content)
    truth_coordinate = true_coordinate(update, truth_vergence_dpt)
    if truth_coordinate is not None:
        _write(folder / "truth.png", _png(truth_picture(update, truth_coordinate)))
        _write(folder / "error.png", _png(error_picture(update, truth_coordinate)))
    record = record_json(update, sweeps_not_saved=sweeps_not_saved)
    _write(folder / "sweep.json", record.encode())


def _write(path: Path, content: bytes) -> None:
    with when_one_is_free(lambda: path.open("wb")) as file:
        file.write(content)


def _files(update: DepthUpdate, cloud: Confidence | None) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of every file, one at a time to bound the memory."""
    depth, sigma = update.depth(), update.sigma()
    depth_mm = to_millimetres(depth) if update.unit == "m" else None
    yield "depth.npy", _npy(depth)
    yield "sigma.npy", _npy(sigma)
    yield "depth.png", _png(depth_picture(update))
    yield "all_in_focus.png", _png(update.all_in_focus)
    if depth_mm is not None:
        yield "depth_mm.png", _png(depth_mm)
        if update.intrinsics is not None:
            yield "cloud.ply", _cloud(update, depth, update.intrinsics, cloud)


def _cloud(update: DepthUpdate, depth_m: FloatMap, lens: Intrinsics, confidence: Confidence | None) -> bytes:
    if confidence is not None:
        counts = counts_in_cloud(update.coordinate, update.coordinate_sigma, update.scale, confidence)
        depth_m = np.where(counts, depth_m, np.float32(np.nan))
    return ply_bytes(depth_m, image=update.all_in_focus, intrinsics=lens)


def _npy(values: FloatMap) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values.astype("<f4", copy=False), allow_pickle=False)
    return buffer.getvalue()


def _png(image: NDArray[Any]) -> bytes:
    # Encoded in memory, because imwrite hides why a file could not be written.
    done, encoded = cv2.imencode(".png", np.ascontiguousarray(image))
    if not done:
        raise OSError(f"OpenCV could not encode {image.shape} {image.dtype} as PNG")
    return encoded.tobytes()
