"""Reading and writing camera features that a camera may not have."""

import logging
from collections.abc import Sequence

from capture.genicam.sdk import GenicamSdk, SdkObject

_log = logging.getLogger(__name__)


class Nodes:
    """The node map of a camera or of a stream, where a missing node is nothing special."""

    def __init__(self, sdk: GenicamSdk, node_map: SdkObject) -> None:
        # A feature that the camera lacks altogether is an AttributeError.
        self._errors: tuple[type[Exception], ...] = (*sdk.errors, AttributeError)
        self._errors_of_set: tuple[type[Exception], ...] = (*self._errors, TypeError)
        self._node_map = node_map

    def first(self, names: Sequence[str]) -> str | None:
        """Return the first of these features that the camera has; None without."""
        return next((name for name in names if self.has(name)), None)

    def has(self, name: str) -> bool:
        """Return True when the camera has a feature, usable now or not."""
        try:
            return getattr(self._node_map, name, None) is not None
        except self._errors:
            return False

    def value(self, *names: str) -> SdkObject | None:
        """Value of the first of these features that can be read; None without."""
        for name in names:
            try:
                return getattr(self._node_map, name).value
            except self._errors:
                continue
        return None

    def read(self, name: str) -> SdkObject:
        """Value of a feature that must be there; what the device raises goes through."""
        return getattr(self._node_map, name).value

    def limits(self, name: str) -> tuple[float, float] | None:
        """Least and greatest value of a number; None where the camera does not report them."""
        try:
            node = getattr(self._node_map, name)
            return float(node.min), float(node.max)
        except self._errors:
            return None

    def step(self, name: str) -> float:
        """Return the step between the values of a number, 1 for most integers; 0 where there is none."""
        try:
            return float(getattr(self._node_map, name).inc)
        except self._errors:
            return 0.0

    def unit(self, name: str) -> str:
        """Return the unit of a number; empty where the camera does not report it."""
        try:
            return str(getattr(self._node_map, name).unit)
        except self._errors:
            return ""

    def is_integer(self, name: str) -> bool:
        """Return True when a readable feature is a whole number."""
        return isinstance(self.value(name), int)

    def entries(self, name: str) -> tuple[str, ...]:
        """Entries of an enumeration; none when it is missing."""
        try:
            return tuple(getattr(self._node_map, name).symbolics)
        except self._errors:
            return ()

    def set(self, name: str, value: str | float | bool) -> bool:
        """Write a feature; False when it is missing or refuses."""
        try:
            getattr(self._node_map, name).value = value
        except self._errors_of_set as error:
            _log.debug("feature %s was not set to %s: %s", name, value, error)
            return False
        return True

    def write(self, name: str, value: str | float | bool) -> None:
        """Write a feature that must be there; what the device raises goes through."""
        getattr(self._node_map, name).value = value

    def run(self, name: str) -> bool:
        """Execute a command; False when it is missing or refuses."""
        try:
            getattr(self._node_map, name).execute()
        except self._errors as error:
            _log.debug("command %s failed: %s", name, error)
            return False
        return True

    def fire(self, name: str) -> None:
        """Execute a command that must be there; what the device raises goes through."""
        getattr(self._node_map, name).execute()
