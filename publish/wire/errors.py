"""Errors of the publishing side; each is also the built-in error a reader would expect."""

from focstream.types import FocstreamError


class StreamTimeoutError(FocstreamError, TimeoutError):
    """No message came from the publisher in time."""
