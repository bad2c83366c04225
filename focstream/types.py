"""The small frozen types that flow between the packages, and the errors: what the inside imports from."""

from focstream.depth_update import DepthUpdate
from focstream.errors import (
    DeviceLostError,
    DeviceNotFoundError,
    FocstreamError,
    InputError,
    MessageError,
    MissingPackageError,
    NotMetricError,
)
from focstream.focal_slice import FocalSlice, SliceTag
from focstream.focus_scale import CalibrationLevel, FocusScale
from focstream.height_scale import HeightScale, Scale
from focstream.intrinsics import Intrinsics

__all__ = [
    "CalibrationLevel",
    "DepthUpdate",
    "DeviceLostError",
    "DeviceNotFoundError",
    "FocalSlice",
    "FocstreamError",
    "FocusScale",
    "HeightScale",
    "InputError",
    "Intrinsics",
    "MessageError",
    "MissingPackageError",
    "NotMetricError",
    "Scale",
    "SliceTag",
]
