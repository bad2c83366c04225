"""From a filled buffer of harvesters to a frame that no longer needs it."""

from capture.camera import CameraFrame
from capture.genicam_clock import DeviceClock
from capture.genicam_pixels import unpack
from capture.genicam_sdk import SdkObject
from focstream import DeviceLostError
from focstream.focal_slice import Image


class GenicamFrames:
    """Copies and stamps the frames of one run of a camera.

    Parameters
    ----------
    name
        Of the camera, for messages.
    exposure_s
        Exposure time of all frames.
    """

    def __init__(self, *, name: str, exposure_s: float) -> None:
        self._name = name
        self._exposure_s = exposure_s
        self._clock = DeviceClock()

    def frame(self, buffer: SdkObject, *, arrival_ns: int) -> CameraFrame:
        """Copy the image out of a borrowed buffer that was fetched at `arrival_ns`.

        Raises
        ------
        DeviceLostError
            When the buffer holds no image that can be unpacked.
        """
        device_ns = _device_ns(buffer)
        end_ns = arrival_ns if device_ns is None else self._clock.to_host_ns(device_ns, arrival_ns=arrival_ns)
        return CameraFrame(
            image=self._image(buffer),
            frame_id=int(buffer.module.frame_id),  # the buffer of harvesters itself has none
            exposure_mid_ns=end_ns - round(self._exposure_s * 5e8),
            exposure_s=self._exposure_s,
            clock="host" if device_ns is None else "device",
        )

    def _image(self, buffer: SdkObject) -> Image:
        components = [] if buffer.payload is None else buffer.payload.components
        if not components or components[0] is None:
            raise DeviceLostError(
                f"{self._name} delivers no image in its buffers; choose another pixel format"
            )
        image = components[0]
        try:
            return unpack(
                image.data,
                pixel_format=image.data_format,
                width_px=image.width,
                height_px=image.height,
                row_padding_bytes=image.x_padding,
            )
        except ValueError as error:
            raise DeviceLostError(f"{self._name}: {error}; choose another pixel format") from error


def _device_ns(buffer: SdkObject) -> int | None:
    """Nanoseconds on the device's clock; None when the producer does not tell."""
    ticks = int(buffer.timestamp or 0)
    return ticks * 1_000_000_000 // int(buffer.timestamp_frequency) if ticks > 0 else None
