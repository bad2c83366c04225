"""A recording as a file for Rerun's viewer, with an arrangement that says what is what.

Rerun's own importer takes every image of one channel for depth: it shows the slices of a grey camera and σ
in false colours, and as point clouds. The arrangement gives them the colours and the views that are theirs.
"""

import math
import subprocess
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from capture.recording import schemas
from capture.recording.reader import RecordingReader
from capture.recording.recorded_maps import RecordedMap
from focstream.files.part_files import whole_file
from focstream.files.writing import writing
from focstream.focal_slice import Image
from focstream.program.extras import need_extra
from focstream.types import InputError

if TYPE_CHECKING:
    import rerun as rr
    import rerun.blueprint as rrb

_APPLICATION = "focstream"
_SIGMA_SHARE = 0.1
"""Width of the colour range of σ, as a share of the sweep; as in the live view."""
_FARTHEST = 0.02
"""A sweep to infinity is coloured until this share of its span, in dioptres: colours need an end."""
_FRAME, _PLANE = schemas.CAMERA_FRAME, f"{schemas.CAMERA_FRAME}_image_plane"
"""Frames of the camera and of its pictures, as Rerun's importer names them."""


def write_rerun_file(recording: Path, out: Path) -> None:
    """Convert a recording by Rerun's own importer, and add the arrangement of the views.

    Parameters
    ----------
    recording
        The .mcap file, or the folder of a recording in several files.
    out
        New .rrd file.

    Raises
    ------
    InputError
        When `out` exists or cannot be written, Rerun is not installed, or does not read the recording.
    """
    need_extra("rerun", extra="view", what="--rerun", package="rerun-sdk")
    if out.exists():
        raise InputError(f"{out} exists and is not replaced: give another --rerun FILE.rrd")
    reader = RecordingReader(recording)
    focal_slice, depth_map = next(reader.slices(), None), next(reader.maps(), None)
    blueprint = arrangement(None if focal_slice is None else focal_slice.image, depth_map)
    # Rerun takes one pinhole for a frame, and maps and slices share one.
    less = () if depth_map is None else ("-n", f"^{schemas.SLICE_CAMERA_INFO.name}$")
    identity = ("--application-id", _APPLICATION, "--recording-id", uuid.uuid4())
    with writing(out, remedy="choose another --rerun FILE.rrd"), whole_file(out) as part:
        views = part.with_name("views.rbl")
        data = [part.with_name(f"data_{number}.rrd") for number in range(len(reader.files))]
        for file, made in zip(reader.files, data, strict=True):
            _rerun("mcap", "convert", file, "-o", made, *identity, *less, of=file)
        blueprint.save(_APPLICATION, views)
        part.write_bytes(_rerun("rrd", "merge", *data, views, of=recording))


def arrangement(image: Image | None, depth_map: RecordedMap | None) -> "rrb.Blueprint":
    """Return the arrangement of the views: depth large, pictures and σ beside it.

    Parameters
    ----------
    image
        Of a slice; None where there is none.
    depth_map
        The first of the recording; None where there is none.
    """
    import rerun as rr
    import rerun.blueprint as rrb

    grey = rr.DepthImage.from_fields(
        colormap="grayscale",
        depth_range=(0.0, 255.0 if image is None else float(np.iinfo(image.dtype).max)),
    )
    slices = _picture(schemas.SLICE_IMAGE.name, "Slice", grey)
    if depth_map is None:
        views: rrb.Container = rrb.Horizontal(slices)
    else:
        low, high = _range(depth_map)
        unit = "sweep coordinate, 0 far … 1 near" if depth_map.unit == "1" else depth_map.unit
        depth = rr.DepthImage.from_fields(colormap="turbo", depth_range=(low, high))
        sigma = rr.DepthImage.from_fields(
            colormap="inferno", depth_range=(0.0, _widest_sigma(depth_map, low=low, high=high))
        )
        large = [_picture(schemas.DEPTH_IMAGE.name, f"Depth [{unit}]", depth)]
        if depth_map.unit == "m" and depth_map.intrinsics is not None:
            large.insert(0, _cloud(depth, middle_m=2.0 * low * high / (low + high)))
        small = [
            slices,
            _picture(schemas.DEPTH_AIF.name, "All in focus", grey),
            _picture(schemas.DEPTH_SIGMA.name, f"σ [{unit}]", sigma),
        ]
        views = rrb.Horizontal(rrb.Horizontal(*large), rrb.Vertical(*small), column_shares=[3.5, 1])
    return rrb.Blueprint(
        views,
        rrb.TimePanel(state="collapsed"),
        rrb.BlueprintPanel(state="collapsed"),
        rrb.SelectionPanel(state="collapsed"),
    )


def _picture(topic: str, name: str, colours: "rr.AsComponents") -> "rrb.View":
    import rerun.blueprint as rrb

    return rrb.Spatial2DView(
        origin=topic,
        contents=topic,
        name=name,
        defaults=[colours],
        spatial_information=rrb.SpatialInformation(_PLANE),
    )


def _cloud(colours: "rr.AsComponents", *, middle_m: float) -> "rrb.View":
    import rerun.blueprint as rrb

    eye = rrb.EyeControls3D(
        position=(-0.4 * middle_m, -0.4 * middle_m, 0.0),  # above the camera, to its left
        look_target=(0.0, 0.0, 1.3 * middle_m),
        eye_up=(0.0, -1.0, 0.0),
    )
    return rrb.Spatial3DView(
        contents=[schemas.DEPTH_IMAGE.name, schemas.DEPTH_CAMERA_INFO.name],
        name="3-D",
        defaults=[colours],
        eye_controls=eye,
        spatial_information=rrb.SpatialInformation(_FRAME),
    )


def _range(depth_map: RecordedMap) -> tuple[float, float]:
    """Return the limits of the colours, in the unit of the map."""
    low, high = sorted((depth_map.near_limit, depth_map.far_limit))
    return low, low / _FARTHEST if math.isinf(high) else high


def _widest_sigma(depth_map: RecordedMap, *, low: float, high: float) -> float:
    if depth_map.unit != "m":
        return _SIGMA_SHARE * (high - low)
    return _SIGMA_SHARE * (1.0 / low - 1.0 / high) * low * high  # z² σ_D in the middle of the range


def _rerun(*arguments: object, of: Path) -> bytes:
    command = [sys.executable, "-m", "rerun", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise InputError(f"{of} is not read by Rerun ({lines[-1] if lines else 'it says nothing'})")
    return done.stdout
