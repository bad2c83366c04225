"""A source whose devices may be lost and found again."""

import dataclasses
import logging
import time
from types import TracebackType
from typing import Self

from pydantic import Field

from focstream.demand import Demand
from focstream.depth_update import FloatMap
from focstream.frozen_model import FrozenModel
from focstream.protocols import SliceSource
from focstream.types import DeviceLostError, DeviceNotFoundError, FocalSlice, SliceTag

_log = logging.getLogger(__name__)


class ReconnectConfig(FrozenModel):
    """What to do when a device is lost (``--reconnect.*``)."""

    limit: int = Field(default=10, ge=0, le=10**9)
    """Attempts to open a lost device again before the run ends with code 4; the count is reset by a slice."""
    wait_s: float = Field(default=0.2, gt=0, le=86_400)
    """Wait before the first attempt; twice as long before each further one."""
    longest_wait_s: float = Field(default=5.0, gt=0, le=86_400)
    """No wait is longer."""


class Reconnecting(SliceSource):
    """A `SliceSource` that closes a source whose device was lost, and opens it again after a while.

    Sweeps and frame ids go on counting. The sweep that broke never completes: what follows is a sweep of its
    own, and its slices report in `SliceTag.reconnects` that a device was lost before them.

    Parameters
    ----------
    source
        Not yet open; entered again after each loss.
    config
        How often, and how patiently.
    """

    def __init__(self, source: SliceSource, *, config: ReconnectConfig) -> None:
        self._source = source
        self._config = config
        self._attempts = 0
        self._due_s = 0.0
        self._reconnects = 0
        self._connected = False
        self._lost: DeviceLostError | None = None
        self._sweep_id = self._frame_id = -1
        self._sweep_shift = 0
        self._frame_shift: int | None = 0

    @property
    def name(self) -> str:
        """Name of the source inside."""
        return self._source.name

    @property
    def device(self) -> str:
        """What takes the slices of the source inside."""
        return self._source.device

    @property
    def live(self) -> bool:
        """Whether the source inside is live."""
        return self._source.live

    @property
    def free_running(self) -> bool:
        """Whether the source inside comes by itself; one with a trigger waits again when it is back."""
        return self._source.free_running

    @property
    def truth_vergence_dpt(self) -> FloatMap | None:
        """True vergence of the source inside."""
        return self._source.truth_vergence_dpt

    def left_out(self, tag: SliceTag) -> bool:
        """Say what the source inside says."""
        return self._source.left_out(tag)

    @property
    def reconnects(self) -> int:
        """How often a lost device was found again."""
        return self._reconnects

    @property
    def wants_room(self) -> int:
        """As the source."""
        return self._source.wants_room

    def pace(self, demand: Demand) -> None:
        """Pass on what the reader can take."""
        self._source.pace(demand)

    def read(self, timeout_s: float) -> FocalSlice | None:
        """Wait for the next slice; None when none came, also while a device is away.

        Raises
        ------
        DeviceLostError
            When the device did not come back within the attempts allowed.
        """
        if not self._connected:
            self._try_again(timeout_s)
            return None
        try:
            focal_slice = self._source.read(timeout_s)
        except DeviceLostError as error:
            self._lose(error)
            return None
        return None if focal_slice is None else self._counted(focal_slice)

    def __enter__(self) -> Self:
        self._source.__enter__()
        self._connected = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connected:
            self._connected = False
            self._source.__exit__(kind, error, trace)

    def _lose(self, error: DeviceLostError) -> None:
        self._connected = False
        try:
            self._source.__exit__(None, None, None)
        except DeviceLostError as closing:
            _log.info("closing what was lost: %s", closing)
        self._lost = error
        if self._config.limit == 0:
            raise error
        if self._attempts >= self._config.limit:
            raise DeviceLostError(
                f"{error}; it was opened again, but delivered nothing: {self._attempts} attempts"
            ) from error
        self._wait()
        _log.warning("%s; sweep %d is broken off, trying to reconnect", error, max(self._sweep_id, 0))

    def _try_again(self, timeout_s: float) -> None:
        wait_s = self._due_s - time.monotonic()
        if wait_s > 0:
            time.sleep(min(wait_s, timeout_s))
            return
        self._attempts += 1
        try:
            self._source.__enter__()
        except (DeviceLostError, DeviceNotFoundError) as error:
            if self._attempts >= self._config.limit:
                raise DeviceLostError(
                    f"{self._lost}; {self._attempts} attempts to reconnect failed, the last: {error}"
                ) from error
            _log.info("attempt %d of %d to reconnect: %s", self._attempts, self._config.limit, error)
            self._wait()
            return
        self._connected = True
        self._reconnects += 1
        self._sweep_shift = self._sweep_id + 1
        self._frame_shift = None  # known with the first frame
        _log.warning("%s is back after %d attempts", self.name, self._attempts)

    def _wait(self) -> None:
        wait_s = self._config.wait_s * 2**self._attempts
        self._due_s = time.monotonic() + min(wait_s, self._config.longest_wait_s)

    def _counted(self, focal_slice: FocalSlice) -> FocalSlice:
        tag = focal_slice.tag
        self._attempts = 0
        if self._frame_shift is None:  # what was lost meanwhile nobody counted: the ids simply go on
            self._frame_shift = self._frame_id + 1 - tag.frame_id
        self._sweep_id = tag.sweep_id + self._sweep_shift
        self._frame_id = tag.frame_id + self._frame_shift
        if self._reconnects == 0:
            return focal_slice
        counted = dataclasses.replace(
            tag, sweep_id=self._sweep_id, frame_id=self._frame_id, reconnects=self._reconnects
        )
        return dataclasses.replace(focal_slice, tag=counted)
