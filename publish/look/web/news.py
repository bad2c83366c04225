"""What is going on before the first map, for those who wait for it."""

import json
from collections.abc import Callable
from typing import Literal

Stage = Literal["building", "waiting", "measuring"]


class News:
    """Says at which stage the program is. May be used from any thread.

    Parameters
    ----------
    source
        What the slices come from.
    live
        Whether they are being taken now.
    preparing
        Whether the estimator is being built or measured.
    """

    def __init__(self, *, source: str, live: bool, preparing: Callable[[], bool]) -> None:
        self._source = source
        self._live = live
        self._preparing = preparing
        self._slices = 0

    def add_slice(self) -> None:
        """Count one slice on its way to the estimator."""
        self._slices += 1

    @property
    def stage(self) -> Stage:
        """Which stage it is now."""
        if self._preparing():
            return "building"
        return "measuring" if self._slices else "waiting"

    def text(self) -> str:
        """Return a line of JSON for the page."""
        fields = {"stage": self.stage, "source": self._source, "live": self._live, "slices": self._slices}
        return json.dumps(fields)
