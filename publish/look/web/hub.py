"""Hands the newest packet to every viewer that is ready for one; nothing ever waits in a queue."""

import asyncio
import contextlib
from collections.abc import Callable

from aiohttp import WSMsgType, web

_HEARTBEAT_S = 10.0  # and half of it for the answer: who does not answer is gone after 15 s
_LONGEST_MESSAGE = 256
_NEWS_PERIOD_S = 0.5


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
    """

    def __init__(self, on_join: Callable[[], None], *, news: Callable[[], str | None]) -> None:
        self._on_join = on_join
        self._news = news
        self._packet = b""
        self._viewers: set[_Viewer] = set()

    def __len__(self) -> int:
        return len(self._viewers)

    def show(self, packet: bytes) -> None:
        """Make `packet` the newest."""
        self._packet = packet
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
                if message.type is WSMsgType.TEXT and message.data == "next":
                    viewer.ready.set()
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
            await viewer.socket.send_bytes(self._packet)


class _Viewer:
    """One open page: whether it wants a packet, and whether there is one that it has not seen."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self.socket = socket
        self.ready = asyncio.Event()
        self.fresh = asyncio.Event()


def new_socket() -> web.WebSocketResponse:
    """Return a socket as the page needs it: compressing raw values costs more than it saves."""
    return web.WebSocketResponse(heartbeat=_HEARTBEAT_S, compress=False, max_msg_size=_LONGEST_MESSAGE)
