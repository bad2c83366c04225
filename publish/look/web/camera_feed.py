"""Shows the camera's pictures to those who ask for them; costs nothing while nobody does."""

import asyncio
import contextlib
import time
from collections.abc import Callable

from aiohttp import WSMsgType, web

from focstream.types import FocalSlice
from publish.look.sweep_track import index_of
from publish.look.web.camera_picture import Ask, pack_picture, read_ask

PERIOD_S = 0.1
"""Between two pictures of a viewer: enough to aim and to focus by."""
_RESTS = 3.0  # times as long as a picture took: large ones come more rarely, and leave the estimator its core
_BAD_ASK = 1008


class CameraFeed:
    """The viewers of the camera. Everything but `see` runs in the server's event loop.

    A viewer asks for a picture when it has drawn the one before, and gets the newest of the slot it
    holds. Pictures are packed in a thread.

    Parameters
    ----------
    call
        Has a function called in the server's loop.
    period_s
        At least so long between two pictures of a viewer.
    """

    def __init__(self, call: Callable[[Callable[[], object]], object], *, period_s: float = PERIOD_S) -> None:
        self._call = call
        self._period_s = period_s
        self._newest: tuple[int, FocalSlice] | None = None
        self._seq = 0
        self._packed: tuple[tuple[int, tuple[float, float] | None], bytes] | None = None
        self._viewers: set[_Viewer] = set()

    def see(self, focal_slice: FocalSlice) -> None:
        """Take a slice as the camera gave it. From the one thread that takes slices; never waits."""
        self._seq += 1
        self._newest = newest = (self._seq, focal_slice)
        if self._viewers:
            self._call(lambda: self._offer(newest))

    async def serve(self, socket: web.WebSocketResponse) -> None:
        """Show pictures to one viewer until it leaves."""
        viewer = _Viewer(socket)
        self._viewers.add(viewer)
        if self._newest is not None:
            viewer.offer(self._newest)
        sending = asyncio.create_task(self._send_to(viewer))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT and not viewer.take_ask(message.data):
                    await socket.close(code=_BAD_ASK, message=b"no such picture")
        finally:
            self._viewers.discard(viewer)
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def close(self) -> None:
        """Part from every viewer."""
        leaving = (viewer.socket.close(code=1001, drain=False) for viewer in tuple(self._viewers))
        await asyncio.gather(*leaving, return_exceptions=True)

    def _offer(self, newest: tuple[int, FocalSlice]) -> None:
        for viewer in self._viewers:
            viewer.offer(newest)

    async def _send_to(self, viewer: "_Viewer") -> None:
        while True:
            seq, focal_slice, ask = await viewer.wanted()
            begun_s = time.monotonic()
            packet = await self._packet_of(focal_slice, seq=seq, centre=ask.centre)
            spent_s = time.monotonic() - begun_s
            await viewer.socket.send_bytes(packet)
            await asyncio.sleep(max(self._period_s, _RESTS * spent_s))

    async def _packet_of(
        self, focal_slice: FocalSlice, *, seq: int, centre: tuple[float, float] | None
    ) -> bytes:
        """Pack a picture, unless another viewer has just got the same."""
        kind = (seq, centre)
        if self._packed is None or self._packed[0] != kind:
            packet = await asyncio.to_thread(pack_picture, focal_slice, seq=seq, centre=centre)
            self._packed = (kind, packet)
            return packet
        return self._packed[1]


class _Viewer:
    """One open page: what it asks for, and the newest picture of that."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self.socket = socket
        self._ask: Ask | None = None
        self._held: int | None = None
        self._newest: tuple[int, FocalSlice] | None = None
        self._given: tuple[int, Ask] | None = None
        self._changed = asyncio.Event()

    def take_ask(self, text: str) -> bool:
        """Take note of what is wanted next; False where that makes no sense."""
        with contextlib.suppress(ValueError, RecursionError):
            self._ask = read_ask(text)
            self._held = self._ask.slot
            if self._newest is not None and not self._is_of_slot(self._newest[1]):
                self._newest = None
            self._changed.set()
            return True
        return False

    def offer(self, newest: tuple[int, FocalSlice]) -> None:
        """Keep a picture, if it is of the slot that is held."""
        if self._is_of_slot(newest[1]):
            self._newest = newest
            self._changed.set()

    async def wanted(self) -> tuple[int, FocalSlice, Ask]:
        """Wait until what is asked for is there; the same is not given twice."""
        while True:
            if self._ask is not None and self._newest is not None:
                given = (self._newest[0], self._ask)
                if given != self._given:
                    self._given, self._ask = given, None
                    return (*self._newest, given[1])
            self._changed.clear()
            await self._changed.wait()

    def _is_of_slot(self, focal_slice: FocalSlice) -> bool:
        slots = focal_slice.tag.slots
        if focal_slice.tag.held:  # the lens is, for looking
            return True
        if self._held is None or (slots is not None and self._held >= slots):  # the sweep became shorter
            return True
        return self._held == index_of(focal_slice.tag)
