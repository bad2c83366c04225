"""Hands the newest packet to every viewer that is ready for one; nothing ever waits in a queue."""

import asyncio
import contextlib
from collections.abc import Callable

from aiohttp import WSMsgType, web

from calibration.apply.confidence import Confidence
from publish.look.web.cloud_marks import marks_message
from publish.look.web.drawn_regions import DrawnRegions, read_drawn
from publish.look.web.packet import MOST_PIXELS, Shown

_HEARTBEAT_S = 10.0  # and half of it for the answer: who does not answer is gone after 15 s
_LONGEST_MESSAGE = 2048  # sixteen regions with long names
_NO_SENSE = 1008
_SURE = Confidence()
_NEWS_PERIOD_S = 0.5
_CLOUD = {"cloud": True, "no cloud": False}
"""What a page says when it begins to draw a point cloud, and when it ends."""


class Hub:
    """The viewers of one page. Everything here runs in the server's event loop.

    A viewer asks for a packet when it has drawn the one before, and gets the newest there is. A slow one thus
    sees fewer maps, never older ones, and costs no memory.

    Parameters
    ----------
    on_join
        Called when a viewer comes, so that it is shown something at once.
    news
        Returns what is going on, for viewers that wait for the first packet; None when one is under way.
    confidence
        What depth must be to count in the regions that viewers draw.
    """

    def __init__(
        self, on_join: Callable[[], None], *, news: Callable[[], str | None], confidence: Confidence = _SURE
    ) -> None:
        self._on_join = on_join
        self._news = news
        self._confidence = confidence
        self._packet = b""
        self._shown: Shown | None = None
        self._marks = (-1, "")  # of which map, for all that draw its cloud
        self._viewers: set[_Viewer] = set()

    def __len__(self) -> int:
        return len(self._viewers)

    def show(self, packet: bytes, shown: Shown | None = None) -> None:
        """Make `packet` the newest; `shown` is what is in it, where that may be measured."""
        self._packet, self._shown = packet, shown
        for viewer in self._viewers:
            viewer.fresh.set()

    async def serve(self, socket: web.WebSocketResponse) -> None:
        """Show maps to one viewer until it leaves."""
        viewer = _Viewer(socket)
        self._viewers.add(viewer)
        if self._packet:
            viewer.fresh.set()
        self._on_join()
        sending = asyncio.create_task(self._send_to(viewer))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._hear(viewer, message.data)
        finally:
            self._viewers.discard(viewer)
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def close(self) -> None:
        """Say good-bye to every viewer; their pages come back by themselves."""
        await asyncio.gather(
            *(viewer.socket.close(code=1001, drain=False) for viewer in tuple(self._viewers)),
            return_exceptions=True,
        )

    async def _hear(self, viewer: "_Viewer", text: str) -> None:
        """Do what a viewer asks for: the next map, marks for a cloud, figures of the regions it drew."""
        if text == "next":
            viewer.sees = viewer.sent
            viewer.ready.set()
        elif text in _CLOUD:
            viewer.draws_cloud, viewer.marked = _CLOUD[text], None
        else:
            try:
                drawn = read_drawn(text)
            except (ValueError, RecursionError):
                await viewer.socket.close(code=_NO_SENSE, message=b"no regions")
                return
            viewer.drawn, viewer.measured = DrawnRegions(drawn, confidence=self._confidence), None
        if viewer.sees is not None:
            await self._explain(viewer, viewer.sees)

    async def _explain(self, viewer: "_Viewer", shown: Shown) -> None:
        """Send what a viewer wants besides the map, once for a map: marks, figures of the regions drawn."""
        if viewer.draws_cloud and viewer.marked != shown.seq:
            viewer.marked = shown.seq
            await viewer.socket.send_str(await self._marks_of(shown))
        if len(viewer.drawn) and viewer.measured != shown.seq:
            viewer.measured = shown.seq
            text = await asyncio.to_thread(viewer.drawn.message, shown.update, seq=shown.seq)
            await viewer.socket.send_str(text)

    async def _marks_of(self, shown: Shown) -> str:
        """Find the flying pixels, unless another viewer has just got them."""
        if self._marks[0] != shown.seq:
            text = await asyncio.to_thread(marks_message, shown.update, seq=shown.seq)
            self._marks = (shown.seq, text)
            return text
        return self._marks[1]

    async def _send_to(self, viewer: "_Viewer") -> None:
        while not self._packet:
            if (news := self._news()) is not None:
                await viewer.socket.send_str(news)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(viewer.fresh.wait(), _NEWS_PERIOD_S)
        while True:
            await viewer.ready.wait()
            await viewer.fresh.wait()
            viewer.ready.clear()
            viewer.fresh.clear()
            packet, shown = self._packet, self._shown
            await viewer.socket.send_bytes(packet)
            if shown is not None:
                viewer.sent = shown if shown.update.coordinate.size <= MOST_PIXELS else None
                await self._explain(viewer, shown)


class _Viewer:
    """One open page: whether it wants a packet, and whether there is one that it has not seen.

    Attributes
    ----------
    drawn
        Its regions.
    measured
        The map that they were measured in last.
    draws_cloud
        Whether it draws a point cloud, and needs to know which pixels fly.
    marked
        The map whose flying pixels it got last.
    sent, sees
        The newest map sent, and what is on the page, which has asked for the next one since: a region drawn
        on a frozen map is measured in that. None for a map so large that many viewers would take much memory.
    """

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self.socket = socket
        self.ready = asyncio.Event()
        self.fresh = asyncio.Event()
        self.drawn = DrawnRegions((), confidence=_SURE)
        self.measured: int | None = None
        self.draws_cloud = False
        self.marked: int | None = None
        self.sent: Shown | None = None
        self.sees: Shown | None = None


def new_socket() -> web.WebSocketResponse:
    """Return a socket as the page needs it: compressing raw values costs more than it saves."""
    return web.WebSocketResponse(heartbeat=_HEARTBEAT_S, compress=False, max_msg_size=_LONGEST_MESSAGE)
