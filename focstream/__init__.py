"""focstream: live depth from a focus sweep.

The door for those who use or extend focstream: every name that they need. A name is loaded when it is first
asked for, so a reader of a stream loads neither OpenCV nor an engine. Type checkers read ``__init__.pyi``.
"""

import importlib

from focstream.version import __version__ as __version__

_HOMES = {
    # depth from a camera or a recording, in this process
    "open_depth": "run_pipeline",
    "Options": "run_pipeline",
    # what flows
    "CalibrationLevel": "focstream.focus_scale",
    "DepthUpdate": "focstream.depth_update",
    "FloatMap": "focstream.depth_update",
    "FocalSlice": "focstream.focal_slice",
    "FocusScale": "focstream.focus_scale",
    "HeightScale": "focstream.height_scale",
    "Image": "focstream.focal_slice",
    "Intrinsics": "focstream.intrinsics",
    "Region": "focstream.region",
    "RegionFigures": "focstream.region",
    "SliceTag": "focstream.focal_slice",
    # depth from another process
    "CurveClient": "publish.wire.curve",
    "CurveServer": "publish.wire.curve",
    "DepthStream": "publish.wire.depth_stream",
    "Header": "publish.wire.header",
    "PublishConfig": "publish.wire.config",
    "WireMap": "publish.wire.frame",
    "ZmqPublisher": "publish.wire.publisher",
    "pack": "publish.wire.frame",
    "unpack": "publish.wire.frame",
    # files
    "CalibrationProfile": "calibration.apply.profile",
    "RecordingReader": "capture.recording.reader",
    "Replay": "capture.recording.replay",
    "StackFolder": "capture.folder.source",
    "SweepSaver": "publish.saved.sweep_saver",
    "ply_bytes": "calibration.apply.point_cloud",
    "read_profile": "calibration.apply.profile",
    # errors
    "BadCalibrationDataError": "calibration.measure.fits.errors",
    "DeviceLostError": "focstream.errors",
    "DeviceNotFoundError": "focstream.errors",
    "EngineError": "engines.errors",
    "FocstreamError": "focstream.errors",
    "InputError": "focstream.errors",
    "MessageError": "focstream.errors",
    "NotMetricError": "focstream.errors",
    "StreamTimeoutError": "publish.wire.errors",
    # extending: cameras and lenses, and what joins them
    "Camera": "capture.camera",
    "CameraFrame": "capture.camera",
    "CameraInfo": "capture.camera",
    "Lens": "capture.lens",
    "LensBehaviour": "capture.lenses.setup",
    "LensInfo": "capture.lens",
    "LensKind": "capture.lenses.kinds",
    "LensSetup": "capture.lenses.setup",
    "LinearFocus": "capture.lenses.setup",
    "LiveSweep": "capture.sweep.live",
    "SimulatorConfig": "capture.simulator.config",
    "SliceSource": "focstream.protocols",
    "SoftwareTrigger": "capture.camera",
    "SweepConfig": "capture.sweep.plan",
    "TellsSettled": "capture.lens",
    "now_ns": "focstream.clock",
    "open_simulator": "capture.simulator.rig",
    # extending: what computes depth, and what takes it
    "DepthEstimator": "focstream.protocols",
    "DepthMaps": "inference.depth_model",
    "DepthModel": "inference.depth_model",
    "Looker": "publish.look.slice_tap",
    "NetworkMaps": "engines.base",
    "RefineEstimator": "inference.policies",
    "RollingEstimator": "inference.policies",
    "Runner": "engines.base",
    "Sink": "focstream.protocols",
}
"""The module of each name."""

__all__ = ["__version__", *_HOMES]  # noqa: PLE0604 - the keys are names


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
