"""A video device that is a lens."""

import errno
import os
import sys
from typing import Self

from focstream.types import DeviceNotFoundError


class V4l2Device:
    """A video device, open for its controls only: a camera program may stream from it meanwhile.

    Parameters
    ----------
    path
        Such as ``"/dev/video0"`` or ``"/dev/v4l-subdev1"``.
    lens
        Name of the lens, for messages.

    Raises
    ------
    DeviceNotFoundError
        On entering: when there is no such device, or it may not be opened.
    """

    def __init__(self, path: str, *, lens: str) -> None:
        self._path = path
        self._lens = lens
        self._descriptor = -1

    def ioctl(self, request: int, buffer: bytearray) -> None:
        """Pass a request on to the kernel."""
        if sys.platform != "linux":
            raise OSError(errno.ENOTTY, "video devices are files on Linux only")
        import fcntl

        fcntl.ioctl(self._descriptor, request, buffer)

    def __enter__(self) -> Self:
        try:
            self._descriptor = os.open(self._path, os.O_RDWR | getattr(os, "O_NONBLOCK", 0))
        except FileNotFoundError as error:
            raise DeviceNotFoundError(
                f"{self._lens}: there is no device {self._path}; connect it, or see --list-lenses"
            ) from error
        except PermissionError as error:
            raise DeviceNotFoundError(
                f"{self._lens}: no permission for {self._path}; join the group video "
                "(sudo usermod -aG video $USER) and log in again"
            ) from error
        except OSError as error:
            raise DeviceNotFoundError(
                f"{self._lens}: {self._path} cannot be opened ({error.strerror}); see --list-lenses"
            ) from error
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        os.close(self._descriptor)
        self._descriptor = -1
