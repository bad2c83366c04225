"""What goes wrong with engines."""

from focstream.types import FocstreamError


class EngineError(FocstreamError):
    """An engine cannot run here, or does not compute what it should."""


class NoDeviceError(EngineError):
    """There is no device that the engine is for."""
