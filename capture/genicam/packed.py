"""Buffers with packed pixels, past harvesters: it unpacks them itself, and fails at Mono10Packed."""

from typing import Self

import numpy as np

from capture.genicam.pixels import unpack
from capture.genicam.sdk import SdkObject
from focstream.focal_slice import Image


class PackedBuffer:
    """A borrowed buffer of the transport layer; leaving it gives it back. Only for single images.

    Parameters
    ----------
    module
        Buffer that was fetched.
    pixel_format
        PFNC name the camera is set to.
    """

    def __init__(self, module: SdkObject, *, pixel_format: str) -> None:
        self.module = module
        self._pixel_format = pixel_format

    def image(self) -> Image:
        """Copy the image out.

        Raises
        ------
        ValueError
            When the buffer is shorter than its image.
        """
        module = self.module
        return unpack(
            np.frombuffer(module.raw_buffer, np.uint8)[int(module.image_offset) :],
            pixel_format=self._pixel_format,
            width_px=int(module.width),
            height_px=int(module.height),
            row_padding_bytes=int(module.padding_x),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.module.parent.queue_buffer(self.module)
