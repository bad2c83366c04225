"""What happens to a depth map: the wire, files."""

from focstream.errors import NotMetricError
from publish.saved.sweep_saver import SweepSaver
from publish.wire.config import PublishConfig
from publish.wire.curve import CurveClient, CurveServer
from publish.wire.depth_stream import DepthStream
from publish.wire.errors import StreamTimeoutError
from publish.wire.frame import WireMap, pack, unpack
from publish.wire.header import Header
from publish.wire.publisher import ZmqPublisher

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
