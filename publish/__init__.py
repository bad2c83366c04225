"""What happens to a depth map: the wire, files."""

from publish.config import PublishConfig
from publish.curve import CurveClient, CurveServer
from publish.depth_stream import DepthStream
from publish.errors import NotMetricError, StreamTimeoutError
from publish.header import Header
from publish.publisher import ZmqPublisher
from publish.sweep_saver import SweepSaver
from publish.wire import WireMap, pack, unpack

__all__ = [
    "CurveClient",
    "CurveServer",
    "DepthStream",
    "Header",
    "NotMetricError",
    "PublishConfig",
    "StreamTimeoutError",
    "SweepSaver",
    "WireMap",
    "ZmqPublisher",
    "pack",
    "unpack",
]
