"""A peer of a Foxglove server that knows nothing of its SDK: WebSocket, and the schemas that it is sent."""

import asyncio
import base64
import struct
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.message_factory import GetMessages

PATIENCE_S = 60.0
_HEAD = struct.Struct("<BIQ")
_MESSAGE_DATA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A message of a topic, decoded by the schema that was advertised."""

    topic: str
    stamp_ns: int
    message: Any


class Peer:
    """One connection. `subscribe` waits until a topic is there; `next` for a message."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._kinds: dict[int, type] = {}
        self.topics: dict[str, dict[str, Any]] = {}
        self._topic_of: dict[int, str] = {}

    async def subscribe(self, *topics: str) -> None:
        """Subscribe to topics, each under the id of its channel."""
        while not set(topics) <= set(self.topics):
            assert await self._receive() is None
        wanted = [self.topics[topic]["id"] for topic in topics]
        self._kinds |= {self.topics[topic]["id"]: _kind(self.topics[topic]) for topic in topics}
        subscriptions = [{"id": number, "channelId": number} for number in wanted]
        await self._socket.send_json({"op": "subscribe", "subscriptions": subscriptions})

    async def next(self, topic: str | None = None) -> Received:
        """Return the next message, of a topic."""
        while True:
            received = await self._receive()
            if received is not None and topic in (None, received.topic):
                return received

    async def _receive(self) -> Received | None:
        message = await self._socket.receive(PATIENCE_S)
        if message.type is aiohttp.WSMsgType.TEXT:
            for channel in message.json().get("channels", []):
                self.topics[channel["topic"]] = channel
                self._topic_of[channel["id"]] = channel["topic"]
            return None
        assert message.type is aiohttp.WSMsgType.BINARY, message
        kind, number, stamp_ns = _HEAD.unpack_from(message.data)
        assert kind == _MESSAGE_DATA
        decoded = self._kinds[number].FromString(message.data[_HEAD.size :])
        return Received(topic=self._topic_of[number], stamp_ns=stamp_ns, message=decoded)


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Peer]:
    """Connect to a port of this machine."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(
            f"ws://127.0.0.1:{port}/", protocols=("foxglove.sdk.v1",), max_msg_size=0
        ) as socket,
    ):
        yield Peer(socket)


def with_peer(port: int, talk: Callable[[Peer], Coroutine[Any, Any, Any]]) -> Any:
    """Connect to a port, and return what `talk` returns."""

    async def talked() -> Any:
        async with connected(port) as peer:
            return await talk(peer)

    return asyncio.run(talked())


def _kind(channel: dict[str, Any]) -> type:
    files = FileDescriptorSet.FromString(base64.b64decode(channel["schema"]))
    return GetMessages(list(files.file))[channel["schemaName"]]
