"""focstream: live depth from a focus sweep."""

from focstream.types import *  # noqa: F403
from focstream.version import __version__

__all__ = ["__version__"]
