"""Recordings as files that other programs read."""

import csv
import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass, fields
from itertools import groupby
from pathlib import Path
from typing import Annotated, Literal

import cv2
import numpy as np
import tyro
from pydantic import Field

from calibration.apply.confidence import Confidence, read_confidence
from calibration.apply.flying_pixels import counts_in_cloud
from calibration.apply.point_cloud import ply_bytes
from capture.commands.film import write_film
from capture.recording.reader import RecordingReader
from capture.recording.recorded_maps import RecordedMap
from focstream.files.part_files import whole_file, whole_folder
from focstream.report import SURE_SIGMA
from focstream.types import FocalSlice, FocusScale, InputError, Intrinsics, SliceTag

Format = Literal["png", "npz", "ply", "mp4"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSettings:
    """What to export.

    Attributes
    ----------
    recording
        The .mcap file, or the folder of a recording in several files.
    out
        New folder (png, npz, ply) or new file (mp4).
    format
        png: a folder of images a sweep, and slices.csv. npz: one file a sweep, images and focus.
        ply: a point cloud a sweep. mp4: the depth as a film. ply and mp4 need a recording of depth.
    settling
        Also slices that were exposed while the lens moved.
    rate_hz
        Frames a second of a film.
    confidence
        ply: leave out depth with a larger σ, a share of the sweep (0.05) or a length (2mm, 0.01m), and flying
        pixels behind edges; off: leave out nothing.
    """

    recording: Annotated[Path, tyro.conf.Positional]
    out: Path
    format: Format = "png"
    settling: bool = False
    rate_hz: Annotated[float, Field(ge=0.1, le=1000)] = 10.0
    confidence: str = f"{SURE_SIGMA:g}"


def export(settings: ExportSettings) -> int:
    """Export; returns how many files or frames were made.

    Raises
    ------
    InputError
        When the recording cannot be read or holds no depth, or `out` exists or cannot be written.
    """
    _confidence(settings)
    if settings.out.exists():
        raise InputError(f"{settings.out} exists and is not replaced: give another --out")
    reader = RecordingReader(settings.recording)
    whole = whole_file if settings.format == "mp4" else whole_folder
    try:
        settings.out.parent.mkdir(parents=True, exist_ok=True)
        with whole(settings.out) as part:
            made = _write(reader, dataclasses.replace(settings, out=part), named=settings.out)
            if made == 0:
                raise InputError(_nothing(settings))
    except OSError as error:
        raise InputError(f"cannot export to {settings.out}: {error.strerror}; make room there") from error
    return made


def _write(reader: RecordingReader, settings: ExportSettings, *, named: Path) -> int:
    if settings.format == "mp4":
        return write_film(settings.out, reader.maps(), rate_hz=settings.rate_hz, named=named)
    return _WRITERS[settings.format](reader, settings)


def _nothing(settings: ExportSettings) -> str:
    if settings.format in ("png", "npz"):
        return f"{settings.recording} holds no slices to export"
    need = ", of metric depth with intrinsics" if settings.format == "ply" else ""
    return (
        f"{settings.recording} holds no maps to export as {settings.format}{need}: make one that does with "
        f"run_pipeline.py --replay {settings.recording} --record NEW.mcap --record.depth"
    )


def _png(reader: RecordingReader, settings: ExportSettings) -> int:
    columns = [field.name for field in fields(SliceTag)]
    with (settings.out / "slices.csv").open("x", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["file", *columns])
        count = 0
        for focal_slice in _slices(reader, settings):
            tag = focal_slice.tag
            folder = f"sweep_{tag.sweep_id:04d}"  # one focal stack, which --replay takes
            name = f"{folder}/slot_{tag.slot:03d}_frame_{tag.frame_id:06d}.png"
            (settings.out / folder).mkdir(exist_ok=True)
            (settings.out / name).write_bytes(_encoded(focal_slice))
            table.writerow([name, *("" if value is None else value for value in astuple(tag))])
            count += 1
    return count


def _encoded(focal_slice: FocalSlice) -> bytes:
    done, data = cv2.imencode(".png", focal_slice.image)
    if not done:
        raise InputError(f"a slice of {focal_slice.image.shape} cannot be written as PNG")
    return data.tobytes()


def _npz(reader: RecordingReader, settings: ExportSettings) -> int:
    count = 0
    for sweep_id, group in groupby(_slices(reader, settings), key=lambda item: item.tag.sweep_id):
        slices = list(group)
        tags = [item.tag for item in slices]
        values = {
            "images": np.stack([item.image for item in slices]),
            "sweep_coordinate": np.array([tag.sweep_coordinate for tag in tags]),
            "focus_dpt": np.array([np.nan if tag.focus_dpt is None else tag.focus_dpt for tag in tags]),
            "exposure_mid_ns": np.array([tag.exposure_mid_ns for tag in tags], np.int64),
        }
        intrinsics = slices[0].intrinsics
        if intrinsics is not None:
            values["K"] = np.reshape(intrinsics.k, (3, 3))
        with (settings.out / f"sweep_{sweep_id:04d}.npz").open("xb") as file:
            np.savez(file, allow_pickle=False, **values)
        count += 1
    return count


def _ply(reader: RecordingReader, settings: ExportSettings) -> int:
    count = 0
    for depth_map in reader.maps():
        if depth_map.final and depth_map.unit == "m" and depth_map.intrinsics is not None:
            cloud = _cloud(depth_map, depth_map.intrinsics, _confidence(settings))
            (settings.out / f"sweep_{depth_map.sweep_id:04d}.ply").write_bytes(cloud)
            count += 1
    return count


def _cloud(depth_map: RecordedMap, lens: Intrinsics, confidence: Confidence | None) -> bytes:
    depth_m = depth_map.depth
    if confidence is not None:
        scale = FocusScale(far_dpt=1.0 / depth_map.far_limit, near_dpt=1.0 / depth_map.near_limit)
        vergence_dpt = 1.0 / depth_m
        sigma = depth_map.sigma * np.square(vergence_dpt) / np.float32(scale.span_dpt)
        counts = counts_in_cloud(scale.to_coordinate(vergence_dpt), sigma, scale, confidence)
        depth_m = np.where(counts, depth_m, np.float32(np.nan))
    return ply_bytes(depth_m, image=depth_map.all_in_focus, intrinsics=lens)


def _confidence(settings: ExportSettings) -> Confidence | None:
    try:
        return read_confidence(settings.confidence)
    except ValueError as error:
        raise InputError(f"--confidence: {error}") from None


def _slices(reader: RecordingReader, settings: ExportSettings) -> Iterator[FocalSlice]:
    return (item for item in reader.slices() if settings.settling or not item.tag.settling)


_WRITERS: dict[str, Callable[[RecordingReader, ExportSettings], int]] = {
    "png": _png,
    "npz": _npz,
    "ply": _ply,
}
