"""Every error that focstream raises on purpose.

A message says what failed, on which device or file, and what to do next. ``exit_code`` is what
``run_pipeline.py`` ends with when the error reaches it.
"""

from typing import ClassVar


class FocstreamError(Exception):
    """Root of every error raised on purpose."""

    exit_code: ClassVar[int] = 2

    def __str__(self) -> str:
        """Return the message as one line: other libraries, which it may quote, write several."""
        return " ".join(super().__str__().split())


class InputError(FocstreamError):
    """A file, an option or a value that the user gave cannot be used."""


class MissingPackageError(InputError):
    """What the user asked for needs an optional package that is not installed, or does not load."""


class MessageError(FocstreamError):
    """A message on the depth stream is malformed, hostile or of another version."""


class NotMetricError(FocstreamError, ValueError):
    """Metres were asked of a map that holds something else."""


class DeviceNotFoundError(FocstreamError):
    """The device asked for is not there, or cannot be opened."""

    exit_code = 3


class DeviceLostError(FocstreamError):
    """A device that was working stopped answering."""

    exit_code = 4
