"""When a measurement is not good enough to make a profile of."""

from typing import ClassVar

from focstream.types import FocstreamError


class BadCalibrationDataError(FocstreamError):
    """The measurements do not allow a fit that can be trusted; nothing was written."""

    exit_code: ClassVar[int] = 2
