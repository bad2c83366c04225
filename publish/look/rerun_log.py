"""Makes Rerun's entities from depth updates and slices."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import rerun as rr
import rerun.blueprint as rrb
from numpy.typing import NDArray

from calibration.apply.confidence import Confidence
from calibration.apply.flying_pixels import counts_in_cloud
from focstream.types import DepthUpdate, FocalSlice, FocusScale, Scale, SliceTag

TIME = "exposure"
CAMERA, DEPTH = "world/camera", "world/camera/depth"
WHOLE_DEPTH = "depth"
"""The whole map, where that below the camera, which is shown in 3-D, holds the sure part of it."""
SLICE, IN_FOCUS, SIGMA, COORDINATE = "slice", "all_in_focus", "sigma", "sweep_coordinate"
HEIGHT = "height_um"
FOCUS, LATENCY = "focus/dpt", "latency/ms"
_JPEG_QUALITY = 90
_SIGMA_SHARE = 0.1
"""Width of the colour range of σ, as a share of the sweep."""
_FARTHEST = 0.02
"""A sweep to infinity is coloured until this share of its span, in dioptres: colours need an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceMark:
    """One point of the time series: when, where the focus was, and how old the slice was when it came.

    The latency is None for a recording.
    """

    stamp_ns: int
    focus: float
    latency_ms: float | None


def blueprint(scale: Scale | None, *, whole_depth: bool = False) -> rrb.Blueprint:
    """Return the arrangement of the views: 3-D and depth large, the rest small, time series below.

    `whole_depth` says whether the whole map is another entity than what is shown in 3-D.
    """
    focus_unit, sigma_unit = _units(scale)
    small = [
        rrb.Spatial2DView(origin=SLICE, name="Slice"),
        rrb.Spatial2DView(origin=IN_FOCUS, name="All in focus"),
        rrb.Spatial2DView(origin=SIGMA, name="σ [m]")
        if isinstance(scale, FocusScale)
        else rrb.TensorView(origin=SIGMA, name=f"σ{sigma_unit}"),
    ]
    series = [
        rrb.TimeSeriesView(origin="focus", name=f"Focus [{focus_unit}]"),
        rrb.TimeSeriesView(origin="latency", name="Latency [ms]"),
    ]
    return rrb.Blueprint(
        rrb.Vertical(
            rrb.Horizontal(
                _depth_views(scale, whole_depth=whole_depth), rrb.Vertical(*small), column_shares=[3.5, 1]
            ),
            rrb.Horizontal(*series),
            row_shares=[3, 1],
        ),
        rrb.TimePanel(timeline=TIME, state="collapsed", play_state="following"),
        rrb.BlueprintPanel(state="collapsed"),
        rrb.SelectionPanel(state="collapsed"),
    )


def _units(scale: Scale | None) -> tuple[str, str]:
    """Units of the focus and of σ, as they are written in titles."""
    if scale is None:
        return "sweep coordinate, 0 far … 1 near", ""
    return (
        ("dpt", " [m]") if isinstance(scale, FocusScale) else ("share of the height, 0 far … 1 near", " [µm]")
    )


def _depth_views(scale: Scale | None, *, whole_depth: bool) -> rrb.Horizontal:
    if not isinstance(scale, FocusScale):
        name = "Sweep coordinate, 0 far … 1 near" if scale is None else "Height [µm]"
        return rrb.Horizontal(rrb.TensorView(origin=COORDINATE if scale is None else HEIGHT, name=name))
    middle_m = 2.0 / (scale.near_dpt + scale.far_dpt)
    eye = rrb.EyeControls3D(
        position=(-0.4 * middle_m, -0.4 * middle_m, 0.0),  # above the camera, to its left
        look_target=(0.0, 0.0, 1.3 * middle_m),
        eye_up=(0.0, -1.0, 0.0),
    )
    return rrb.Horizontal(
        rrb.Spatial3DView(origin="world", name="3-D", eye_controls=eye),
        rrb.Spatial2DView(origin=WHOLE_DEPTH if whole_depth else CAMERA, name="Depth [m]"),
    )


def has_whole_depth(update: DepthUpdate, cloud: Confidence | None) -> bool:
    """Say whether what is shown in 3-D is less than the map."""
    is_3d = isinstance(update.scale, FocusScale) and update.intrinsics is not None
    return is_3d and cloud is not None


def log_update(stream: rr.RecordingStream, update: DepthUpdate, cloud: Confidence | None = None) -> None:
    """Log the maps of one update at the time of its exposure; in 3-D what `cloud` lets into clouds.

    Raises
    ------
    InputError
        As `Confidence.is_sure`.
    """
    _set_times(stream, update.tag)
    stream.log(IN_FOCUS, _jpeg(update.all_in_focus))
    if not isinstance(update.scale, FocusScale):
        # A DepthImage would be read as metres from the camera.
        near, far = update.depth_range()
        path, most = COORDINATE if update.scale is None else HEIGHT, _SIGMA_SHARE * (near - far)
        stream.log(path, rr.Tensor(update.depth(), dim_names=("y", "x"), value_range=(far, near)))
        stream.log(SIGMA, rr.Tensor(update.sigma(), dim_names=("y", "x"), value_range=(0.0, most)))
        return
    near_m, far_m = _range_m(update.scale)
    if update.intrinsics is not None:
        stream.log(CAMERA, _pinhole(update, plane_m=near_m))
    depth_m = _finite(update.depth())
    if has_whole_depth(update, cloud):
        assert cloud is not None
        stream.log(WHOLE_DEPTH, _depth_image(depth_m, near_m, far_m))
        counts = counts_in_cloud(update.coordinate, update.coordinate_sigma, update.scale, cloud)
        depth_m = np.where(counts, depth_m, np.float32(math.nan))
    stream.log(DEPTH, _depth_image(depth_m, near_m, far_m))
    sigma_m = _finite(update.sigma())
    limit_m = _SIGMA_SHARE * update.scale.span_dpt * near_m * far_m  # z² σ_D in the middle of the range
    stream.log(SIGMA, rr.DepthImage(sigma_m, meter=1.0, colormap="inferno", depth_range=(0.0, limit_m)))


def log_slice(stream: rr.RecordingStream, focal_slice: FocalSlice) -> None:
    """Log the picture of one slice, 16-bit ones by their upper 8 bits."""
    _set_times(stream, focal_slice.tag)
    image = focal_slice.image
    stream.log(SLICE, _jpeg((image >> 8 if image.dtype == np.uint16 else image).astype(np.uint8, copy=False)))


def log_marks(stream: rr.RecordingStream, marks: Sequence[SliceMark]) -> None:
    """Log the points of the time series, every slice's."""
    if not marks:
        return
    stamps_s = np.array([mark.stamp_ns for mark in marks], dtype="datetime64[ns]")
    series = {FOCUS: [mark.focus for mark in marks]}
    latencies_ms = [mark.latency_ms for mark in marks if mark.latency_ms is not None]
    if len(latencies_ms) == len(marks):
        series[LATENCY] = latencies_ms
    for path, values in series.items():
        stream.send_columns(
            path, [rr.TimeColumn(TIME, timestamp=stamps_s)], rr.Scalars.columns(scalars=values)
        )


def _set_times(stream: rr.RecordingStream, tag: SliceTag) -> None:
    stream.set_time(TIME, timestamp=np.datetime64(tag.exposure_mid_ns, "ns"))
    stream.set_time("sweep", sequence=tag.sweep_id)


def _pinhole(update: DepthUpdate, *, plane_m: float) -> rr.Pinhole:
    assert update.intrinsics is not None
    height_px, width_px = update.coordinate.shape
    return rr.Pinhole(
        image_from_camera=np.array(update.intrinsics.k).reshape(3, 3),
        resolution=(width_px, height_px),
        camera_xyz=rr.ViewCoordinates.RDF,
        image_plane_distance=0.5 * plane_m,
    )


def _depth_image(depth_m: NDArray[np.float32], near_m: float, far_m: float) -> rr.DepthImage:
    return rr.DepthImage(depth_m, meter=1.0, colormap="turbo", depth_range=(near_m, far_m))


def _range_m(scale: FocusScale) -> tuple[float, float]:
    return 1.0 / scale.near_dpt, 1.0 / max(scale.far_dpt, _FARTHEST * scale.span_dpt)


def _finite(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """NaN instead of infinity: a point cloud has no place for it."""
    return np.where(np.isinf(values), np.float32(math.nan), values)


def _jpeg(image: NDArray[np.uint8]) -> rr.EncodedImage:
    _, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return rr.EncodedImage(contents=jpeg.tobytes(), media_type="image/jpeg")
