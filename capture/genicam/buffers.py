"""Fetching filled buffers from harvesters, around its traps."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from capture.genicam.nodes import Nodes
from capture.genicam.packed import PackedBuffer
from capture.genicam.sdk import GenicamSdk, SdkObject
from focstream.clock import now_ns

_BUFFERS = 16  # more cost memory, fewer lose frames in a shorter stall of the reader: 80 ms at 200 Hz
_FETCH_S = 0.05  # the longest single wait; the deadline is ours
_WAITED_NS = 1_000_000  # an image that is there already takes a third of that
_NO_ACCESS = 3  # GenTL's DEVICE_ACCESS_STATUS_NOACCESS


class GenicamBuffers:
    """The buffers of a camera that is set up but not started yet.

    Parameters
    ----------
    sdk, acquirer
        The ``ImageAcquirer`` of harvesters, and its package.
    packed_format
        PFNC name of a packed pixel format, which harvesters must not touch; None for others.
    """

    def __init__(self, sdk: GenicamSdk, acquirer: SdkObject, *, packed_format: str | None) -> None:
        self._sdk = sdk
        self._acquirer = acquirer
        self._packed_format = packed_format
        for stream in acquirer.data_streams:
            Nodes(sdk, stream.node_map).set("StreamBufferHandlingMode", "OldestFirst")
        self.incomplete = sdk.count_incomplete(acquirer)
        """Returns how many images came incomplete, and were discarded, since the camera was opened."""
        self.empty_ns = 0
        """When it was last seen that no image was waiting, on the host's clock."""
        acquirer.num_buffers = max(_BUFFERS, acquirer.min_num_buffers)

    def start(self) -> None:
        """Let the camera expose. Frame ids begin anew."""
        self._acquirer.start(run_as_thread=False)

    def stop(self) -> None:
        """End it; no buffer may be borrowed."""
        self._acquirer.stop()

    @contextmanager
    def borrow(self, timeout_s: float) -> Iterator[SdkObject | None]:
        """Lend the oldest filled buffer; None when none came in time. It is given back on leaving."""
        buffer, deadline_s = None, time.monotonic() + timeout_s
        while buffer is None:
            # Never 0: to harvesters that means for ever. None also comes early, for an incomplete buffer.
            asked_ns = now_ns()
            buffer = self._fetch(min(max(deadline_s - time.monotonic(), 1e-3), _FETCH_S))
            fetched_ns = now_ns()
            if fetched_ns - asked_ns > _WAITED_NS:  # None of an incomplete buffer says nothing of others
                self.empty_ns = fetched_ns
            if buffer is None and time.monotonic() >= deadline_s:
                break
        if buffer is None:
            yield None
            return
        with buffer:
            yield buffer

    def camera_is_gone(self) -> bool:
        """Return True when the producer says so; not every one does."""
        try:
            # Losing a camera raises no event: only this status shows it.
            return bool(self._acquirer.device.module.access_status == _NO_ACCESS)
        except self._sdk.errors:
            return False

    def _fetch(self, timeout_s: float) -> SdkObject | None:
        packed = self._packed_format
        fetched = self._acquirer.try_fetch(timeout=timeout_s, is_raw=packed is not None)
        first, *others = fetched if isinstance(fetched, list) else [fetched]
        for other in filter(None, others):  # of a camera with several streams the first one counts
            if packed is None:
                other.queue()
            else:
                other.parent.queue_buffer(other)
        if first is None or packed is None:
            return first
        return PackedBuffer(first, pixel_format=packed)
