"""Who may see maps: everybody on this machine, and who has the token. Only the latter may control."""

import asyncio
import hmac

from aiohttp import web

WRONG_TOKEN = 4401
"""Close code that makes the page ask for the token instead of trying again."""
WAIT_S = 2.0
_MOST_WAITING = 16


class ViewerToken:
    """Knows the token, and lets those who guess wait. Everything here runs in the server's event loop.

    The right token is let in at once, whatever others try. A wrong one gets its answer late. Only a few wait
    at a time; others are cut off without one, so that guessing costs no memory and no viewer its connection.

    Parameters
    ----------
    token
        Required to control, and to see maps; empty where nothing needs one.
    for_viewers
        Whether viewers need it too.
    wait_s
        How long a wrong token waits for the answer.
    """

    def __init__(self, token: str, *, for_viewers: bool = True, wait_s: float = WAIT_S) -> None:
        self._token = token.encode()
        self._for_viewers = for_viewers
        self._wait_s = wait_s
        self._waiting = 0
        self._ending = asyncio.Event()

    def is_in(self, request: web.Request) -> bool:
        """Whether `request` has the right token in its address, if viewers need one."""
        if not self._token or not self._for_viewers:
            return True
        return self._is_right(request.query.get("token", ""))

    def may_control(self, request: web.Request) -> bool:
        """Whether `request` has the right token in its head; without a token nobody may."""
        kind, _, given = request.headers.get("Authorization", "").partition(" ")
        return bool(self._token) and self._is_right(given) and kind == "Bearer"

    async def refuse(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        """Close the socket of a wrong token, after a while."""
        if await self.delay(request):
            await socket.close(code=WRONG_TOKEN, message=b"wrong token")

    async def delay(self, request: web.Request) -> bool:
        """Let a wrong token wait for its answer; False where it was cut off, and gets none."""
        if self._waiting >= _MOST_WAITING:
            if request.transport is not None:
                request.transport.abort()
            return False
        self._waiting += 1
        try:
            await asyncio.wait_for(self._ending.wait(), self._wait_s)
        except TimeoutError:
            pass
        finally:
            self._waiting -= 1
        return True

    def _is_right(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), self._token)

    async def end(self) -> None:
        """Answer all that wait."""
        self._ending.set()
