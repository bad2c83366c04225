"""What `focstream` offers, for type checkers; the table in ``__init__.py`` says the same."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal, TypedDict, Unpack

from calibration.apply.map_config import MapConfig
from calibration.apply.point_cloud import ply_bytes as ply_bytes
from calibration.apply.profile import CalibrationProfile as CalibrationProfile
from calibration.apply.profile import read_profile as read_profile
from calibration.measure.fits.errors import BadCalibrationDataError as BadCalibrationDataError
from capture.camera import Camera as Camera
from capture.camera import CameraFrame as CameraFrame
from capture.camera import CameraInfo as CameraInfo
from capture.camera import SoftwareTrigger as SoftwareTrigger
from capture.config import AnyCamera, CaptureConfig
from capture.folder.source import StackFolder as StackFolder
from capture.genicam.config import GenicamConfig
from capture.lens import Lens as Lens
from capture.lens import LensInfo as LensInfo
from capture.lens import TellsSettled as TellsSettled
from capture.lenses.config import LensConfig
from capture.lenses.kinds import LensKind as LensKind
from capture.lenses.setup import LensBehaviour as LensBehaviour
from capture.lenses.setup import LensSetup as LensSetup
from capture.lenses.setup import LinearFocus as LinearFocus
from capture.reconnect import ReconnectConfig
from capture.recording.config import RecordConfig
from capture.recording.reader import RecordingReader as RecordingReader
from capture.recording.replay import Replay as Replay
from capture.simulator.config import SimulatorConfig as SimulatorConfig
from capture.simulator.rig import open_simulator as open_simulator
from capture.sweep.live import LiveSweep as LiveSweep
from capture.sweep.plan import SweepConfig as SweepConfig
from capture.uvc.config import UvcConfig
from engines.base import NetworkMaps as NetworkMaps
from engines.base import Runner as Runner
from engines.errors import EngineError as EngineError
from focstream.clock import now_ns as now_ns
from focstream.cluster.settings import ArchiveConfig
from focstream.depth_update import DepthUpdate as DepthUpdate
from focstream.depth_update import FloatMap as FloatMap
from focstream.errors import DeviceLostError as DeviceLostError
from focstream.errors import DeviceNotFoundError as DeviceNotFoundError
from focstream.errors import FocstreamError as FocstreamError
from focstream.errors import InputError as InputError
from focstream.errors import MessageError as MessageError
from focstream.errors import NotMetricError as NotMetricError
from focstream.focal_slice import FocalSlice as FocalSlice
from focstream.focal_slice import Image as Image
from focstream.focal_slice import SliceTag as SliceTag
from focstream.focus_scale import CalibrationLevel as CalibrationLevel
from focstream.focus_scale import FocusScale as FocusScale
from focstream.height_scale import HeightScale as HeightScale
from focstream.intrinsics import Intrinsics as Intrinsics
from focstream.protocols import DepthEstimator as DepthEstimator
from focstream.protocols import Sink as Sink
from focstream.protocols import SliceSource as SliceSource
from focstream.region import Region as Region
from focstream.region import RegionFigures as RegionFigures
from focstream.version import __version__ as __version__
from inference.config import Engine, InferenceConfig, Precision
from inference.depth_model import DepthMaps as DepthMaps
from inference.depth_model import DepthModel as DepthModel
from inference.policies import RefineEstimator as RefineEstimator
from inference.policies import RollingEstimator as RollingEstimator
from publish.look.open_lookers import LookConfig
from publish.look.slice_tap import Looker as Looker
from publish.saved.sweep_saver import SweepSaver as SweepSaver
from publish.wire.config import PublishConfig as PublishConfig
from publish.wire.curve import CurveClient as CurveClient
from publish.wire.curve import CurveServer as CurveServer
from publish.wire.depth_stream import DepthStream as DepthStream
from publish.wire.errors import StreamTimeoutError as StreamTimeoutError
from publish.wire.frame import WireMap as WireMap
from publish.wire.frame import pack as pack
from publish.wire.frame import unpack as unpack
from publish.wire.header import Header as Header
from publish.wire.publisher import ZmqPublisher as ZmqPublisher

# run_pipeline is a single module, and those are never typed for others: hence in full.

class Options(ArchiveConfig, LookConfig, MapConfig, InferenceConfig, CaptureConfig):
    config: Path | None = ...
    publish: PublishConfig = ...
    save: Path | None = ...
    record: RecordConfig = ...
    intrinsics: Path | None = ...
    list_cameras: bool = ...
    list_lenses: bool = ...
    version: bool = ...

class _Changes(TypedDict, total=False):
    camera: AnyCamera | str | None
    lens: str | None
    focus: LensConfig | Mapping[str, object]
    replay: str | Path | None
    frames: str | None
    every_slice: bool
    from_sweep: int
    rate: float
    reverse: bool
    focus_from: Literal["list", "exif", "name"] | None
    bits: int | None
    channel: str | None
    time: int | None
    profile: str | Path | None
    align: Literal["off", "auto"] | None
    sweeps: int | None
    cti: Sequence[str | Path]
    genicam: GenicamConfig | Mapping[str, object]
    uvc: UvcConfig | Mapping[str, object]
    reconnect: ReconnectConfig | Mapping[str, object]
    sweep: SweepConfig | Mapping[str, object]
    sim: SimulatorConfig | Mapping[str, object]
    model: Literal["small", "tiny", "sharpness", "auto"]
    rate_at_least: float | None
    slices_s_at_most: float | None
    weights: str | Path | None
    engine: Engine
    precision: Precision
    device: int | None
    threads: int
    batch: int
    update: Literal["refine", "rolling"]
    maps_per_sweep: int | None
    scale: float
    fill: bool
    roi: tuple[str, ...]
    log: str | Path | None
    confidence: str | None
    view: Literal["rerun"] | None
    view_save: str | Path | None
    web: int | None
    web_host: str
    web_token: str | None
    foxglove: int | None
    web_control: bool
    web_folder: str | Path
    metrics: int | None
    metrics_host: str
    config: str | Path | None
    publish: PublishConfig | Mapping[str, object]
    save: str | Path | None
    record: RecordConfig | Mapping[str, object] | str | Path
    intrinsics: str | Path | None

def open_depth(
    options: Options | None = None,
    /,
    *,
    source: SliceSource | None = None,
    sinks: Sequence[Sink] = (),
    **changes: Unpack[_Changes],
) -> AbstractContextManager[Iterator[DepthUpdate]]: ...
