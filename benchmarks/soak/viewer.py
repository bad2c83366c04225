"""One viewer of the live page without a browser, as a process: asks for map after map."""

import asyncio
import contextlib
import signal
import sys

import aiohttp

from benchmarks.shared.piped import piped


async def look(address: str) -> None:
    """Draw nothing, and ask for the next map, until the page closes."""
    live = f"{address.rstrip('/')}/live"
    async with aiohttp.ClientSession() as session, session.ws_connect(live) as socket:
        await socket.send_str("next")
        async for message in socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                await socket.send_str("next")


async def look_again(address: str) -> None:
    """Come back as the page does when it was parted from."""
    while True:
        with contextlib.suppress(aiohttp.ClientError):
            await look(address)
        await asyncio.sleep(1.0)


if __name__ == "__main__":
    with piped():
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        asyncio.run(look_again(sys.argv[1]))
