"""Foxglove as a sink: a server that its app connects to."""

import logging
import socket
import time
from dataclasses import dataclass

import foxglove
from foxglove import Context, channels
from foxglove.websocket import ChannelView, Client, ServerListener, WebSocketServer

from calibration.apply.confidence import Confidence
from focstream.types import DepthUpdate, FocalSlice, InputError, Intrinsics
from publish.look.foxglove_log import FoxgloveLog
from publish.look.foxglove_maps import calibration, cloud, map_image, picture
from publish.look.newest_worker import NewestWorker

_log = logging.getLogger(__name__)

HOST = "127.0.0.1"
"""Its protocol knows no token, so only this machine is let in."""
PERIOD_S = 0.05
_WAITING = 16
"""Messages that wait for a slow peer; older ones are dropped. The SDK's own 1024 would be gigabytes."""
_CLOSED_WITHIN_S, _LOOK_S = 5.0, 0.002
_FOLDERS = {"m": "/depth", "um": "/height", "1": "/sweep_coordinate"}
"""By the unit: what is not in metres must not be taken for depth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What is sent together."""

    update: DepthUpdate
    focal_slice: FocalSlice | None


class FoxgloveView(ServerListener):
    """Sends the newest maps and slice to any number of Foxglove apps, and the log; older maps are left out.

    Nothing is packed for topics that nobody reads. Who subscribes gets the newest map at once.

    Parameters
    ----------
    port
        Where to listen on this machine; 0 takes any free one.
    confidence
        What depth must be to get into point clouds; None for whole clouds.
    period_s
        At least so long between two maps.

    Raises
    ------
    InputError
        When the port cannot be listened at.
    """

    def __init__(
        self, *, port: int, confidence: Confidence | None = None, period_s: float = PERIOD_S
    ) -> None:
        self._context = Context()
        self._confidence = confidence
        self._newest: _Look | None = None
        self._slice: FocalSlice | None = None
        self._topics: _Topics | None = None
        self._closed = False
        self._worker: NewestWorker[_Look] = NewestWorker(
            self._send, name="the Foxglove server", period_s=period_s
        )
        self._lines = FoxgloveLog(self._context)
        try:
            self._server = _started(port, context=self._context, listener=self)
        except InputError:
            self._lines.close()
            self._worker.close()
            raise
        self.port = self._server.port
        _log.info("Foxglove: open a connection to ws://%s:%d", HOST, self.port)

    def see(self, focal_slice: FocalSlice) -> None:
        """Note a slice; its picture is sent with the next map, unless a newer one overtakes it."""
        self._slice = focal_slice

    def write(self, update: DepthUpdate) -> None:
        """Send `update`, unless a newer one overtakes it."""
        self._newest = _Look(update=update, focal_slice=self._slice)
        self._worker.offer(self._newest)

    def on_subscribe(self, client: Client, channel: ChannelView) -> None:
        """Send the newest map to who has come, even if no other follows."""
        del client, channel
        if self._newest is not None:
            self._worker.offer(self._newest)

    def close(self) -> None:
        """Part from every peer. May be called twice."""
        if self._closed:
            return
        self._closed = True
        self._worker.close()
        self._lines.close()
        self._server.stop()
        _wait_until_closed(self.port)

    def _send(self, look: _Look) -> None:
        unit = look.update.unit
        if self._topics is None or self._topics.unit != unit:
            if self._topics is not None:
                self._topics.close()
            self._topics = _Topics(self._context, unit=unit, confidence=self._confidence)
        self._topics.send(look.update, look.focal_slice)


class _Topics:
    """The topics of maps in one unit."""

    def __init__(self, context: Context, *, unit: str, confidence: Confidence | None) -> None:
        folder, metadata = _FOLDERS[unit], {"unit": unit}
        self.unit = unit
        self._map = channels.RawImageChannel(f"{folder}/image", metadata=metadata, context=context)
        self._sigma = channels.RawImageChannel(f"{folder}/sigma", metadata=metadata, context=context)
        self._picture = channels.CompressedImageChannel(f"{folder}/all_in_focus", context=context)
        self._slice = channels.CompressedImageChannel("/camera/image", context=context)
        self._points = None if unit != "m" else _PointTopics(folder, context, confidence)

    def send(self, update: DepthUpdate, focal_slice: FocalSlice | None) -> None:
        """Send what is read of a map and of the newest slice."""
        stamp_ns, lens = update.tag.exposure_mid_ns, update.intrinsics
        if self._map.has_sinks():
            self._map.log(map_image(update.depth(), stamp_ns), log_time=stamp_ns)
        if self._sigma.has_sinks():
            self._sigma.log(map_image(update.sigma(), stamp_ns), log_time=stamp_ns)
        if self._picture.has_sinks():
            self._picture.log(picture(update.all_in_focus, stamp_ns), log_time=stamp_ns)
        if self._slice.has_sinks() and focal_slice is not None:
            slice_ns = focal_slice.tag.exposure_mid_ns
            self._slice.log(picture(focal_slice.image, slice_ns), log_time=slice_ns)
        if self._points is not None and lens is not None:
            self._points.send(update, lens)

    def close(self) -> None:
        """Take the topics back."""
        for channel in (self._map, self._sigma, self._picture, self._slice):
            channel.close()
        if self._points is not None:
            self._points.close()


class _PointTopics:
    """The topics that make points of a metric map: its cloud, and the calibration for who makes his own."""

    def __init__(self, folder: str, context: Context, confidence: Confidence | None) -> None:
        self._confidence = confidence
        self._lens = channels.CameraCalibrationChannel(f"{folder}/camera_info", context=context)
        self._cloud = channels.PointCloudChannel(f"{folder}/points", context=context)

    def send(self, update: DepthUpdate, lens: Intrinsics) -> None:
        """Send what is read."""
        stamp_ns, shape = update.tag.exposure_mid_ns, update.coordinate.shape
        if self._lens.has_sinks():
            self._lens.log(calibration(lens, shape=shape, stamp_ns=stamp_ns), log_time=stamp_ns)
        if self._cloud.has_sinks():
            self._cloud.log(cloud(update, lens, self._confidence), log_time=stamp_ns)

    def close(self) -> None:
        """Take the topics back."""
        self._lens.close()
        self._cloud.close()


def _started(port: int, *, context: Context, listener: ServerListener) -> WebSocketServer:
    try:
        return foxglove.start_server(
            name="focstream",
            host=HOST,
            port=port,
            server_listener=listener,
            context=context,
            message_backlog_size=_WAITING,
        )
    except RuntimeError as error:
        raise InputError(
            f"cannot serve Foxglove at {HOST}:{port}: {str(error).removeprefix('FoxgloveError: ')}; choose "
            "another --foxglove PORT"
        ) from error


def _wait_until_closed(port: int) -> None:
    """Wait for the SDK, which closes the port a moment after `stop`: who opens it again must find it free."""
    give_up_s = time.monotonic() + _CLOSED_WITHIN_S
    while time.monotonic() < give_up_s:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) != 0:
                return
        time.sleep(_LOOK_S)
