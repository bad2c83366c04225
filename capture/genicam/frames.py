"""Makes a frame from a filled buffer of harvesters, which it then no longer needs."""

import logging

from capture.camera import CameraFrame
from capture.genicam.chunks import ChunkReader, FrameChunks
from capture.genicam.focus import FocusFeature
from capture.genicam.frame_ids import FrameCount, FrameIds
from capture.genicam.packed import PackedBuffer
from capture.genicam.pixels import unpack
from capture.genicam.sdk import SdkObject
from capture.genicam.stamps import GenicamStamps
from focstream.focal_slice import Image
from focstream.types import DeviceLostError

_log = logging.getLogger(__name__)


class GenicamFrames:
    """Copies and stamps the frames of one run of a camera.

    Parameters
    ----------
    name
        Name of the camera, for messages.
    stamps
        Finds when each was taken.
    errors
        Exceptions of the transport layer.
    exposure_s
        Exposure time of frames that come without their own.
    readout_s
        Time from the first row to the last under a rolling shutter.
    chunks
        Reader of what comes with every image; None where nothing does.
    focus
        Feature that moves the camera's focus; gives focus chunks their meaning.
    ids
        Counts the images.

    Attributes
    ----------
    first_set
        Number of the sequencer's first set.
    """

    def __init__(
        self,
        *,
        name: str,
        stamps: GenicamStamps,
        errors: tuple[type[Exception], ...],
        exposure_s: float,
        readout_s: float = 0.0,
        chunks: ChunkReader | None = None,
        focus: FocusFeature | None = None,
        ids: FrameIds | None = None,
    ) -> None:
        self._name = name
        self._stamps = stamps
        self._errors = errors
        self._exposure_s = exposure_s
        self._readout_s = readout_s
        self._chunks = chunks
        self._focus = focus
        self._ids = ids or FrameIds()
        self._repeats_logged = False
        self.first_set = 0

    def expose(self, exposure_s: float) -> None:
        """Take note that the frames from now on are exposed so long."""
        if exposure_s != self._exposure_s:
            self._exposure_s = exposure_s
            self._stamps.begin_anew()

    def frame(self, buffer: SdkObject, *, arrival_ns: int, empty_ns: int) -> CameraFrame:
        """Copy the image out of a borrowed buffer.

        Parameters
        ----------
        buffer
            As it was fetched.
        arrival_ns, empty_ns
            When that was, and when it was last seen that none was waiting.

        Raises
        ------
        DeviceLostError
            When the buffer holds no image that can be unpacked.
        """
        sent = FrameChunks() if self._chunks is None else self._chunks.read()
        exposure_s = self._exposure_s if sent.exposure_s is None else sent.exposure_s
        count = self._count(buffer)
        stamp = self._stamps.stamp(
            buffer.module, count, chunk_ticks=sent.ticks, arrival_ns=arrival_ns, empty_ns=empty_ns
        )
        active_set = None if sent.sequencer_set is None else sent.sequencer_set - self.first_set
        return CameraFrame(
            image=self._image(buffer),
            frame_id=count.number,
            exposure_mid_ns=stamp.host_ns - round((exposure_s + self._readout_s) * 5e8),
            exposure_s=exposure_s,
            clock=stamp.clock,
            doubt=stamp.doubt,
            unsure_s=stamp.unsure_ns * 1e-9,
            focus_dpt=self._focus_dpt(sent),
            sequencer_set=active_set,
            since_start=count.since_start,
            count_is_sure=count.is_sure,
            count_began_anew=count.began_anew,
        )

    def _count(self, buffer: SdkObject) -> FrameCount:
        try:
            frame_id = int(buffer.module.frame_id)  # the buffer of harvesters itself has none
        except self._errors:
            frame_id = 0
        count = self._ids.take(frame_id)
        if count.is_repeated and not self._repeats_logged:
            self._repeats_logged = True
            _log.warning(
                "%s gave two images the frame id %d: images that are lost there are not seen",
                *(self._name, frame_id),
            )
        return count

    def _focus_dpt(self, sent: FrameChunks) -> float | None:
        name = None if self._chunks is None else self._chunks.focus_name
        if name is None or sent.focus is None or self._focus is None:
            return None
        return self._focus.chunk_to_dpt(name, sent.focus)

    def _image(self, buffer: SdkObject) -> Image:
        try:
            return buffer.image() if isinstance(buffer, PackedBuffer) else self._component(buffer)
        except ValueError as error:
            raise DeviceLostError(f"{self._name}: {error}; choose another pixel format") from error

    def _component(self, buffer: SdkObject) -> Image:
        components = [] if buffer.payload is None else buffer.payload.components
        if not components or components[0] is None:
            raise DeviceLostError(
                f"{self._name} delivers no image in its buffers; choose another pixel format"
            )
        image = components[0]
        return unpack(
            image.data,
            pixel_format=image.data_format,
            width_px=image.width,
            height_px=image.height,
            row_padding_bytes=image.x_padding,
        )
