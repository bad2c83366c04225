"""Publishes every depth update over ZeroMQ."""

import logging
import secrets
from contextlib import ExitStack
from typing import Self

import zmq

from focstream.types import DepthUpdate, InputError
from publish.connections import Connections
from publish.wire.attendant import Attendant
from publish.wire.config import PublishConfig
from publish.wire.curve import CurveServer
from publish.wire.encodings import Topic
from publish.wire.endpoint import check_endpoint, is_local
from publish.wire.header import Header
from publish.wire.messages import check_encoding, header_of
from publish.wire.sending_thread import Outgoing, SendingThread
from publish.wire.stream_socket import StreamSocket

_log = logging.getLogger(__name__)


class ZmqPublisher:
    """A sink with one socket per stream asked for. Never waits for a reader. Use from one thread.

    Maps are packed and sent by a thread of its own; another one looks after the readers.

    Parameters
    ----------
    config
        Addresses, encoding and keys.
    connections
        Bounds those of each stream.

    Raises
    ------
    InputError
        When an address, a port or a key cannot be used, or an address that other machines can reach is given
        without CURVE. Nothing is left open then.
    """

    def __init__(self, config: PublishConfig, *, connections: Connections | None = None) -> None:
        self._encoding = config.encoding
        self._run_id = secrets.token_hex(8)
        self._seq = 0
        self._streams: list[StreamSocket] = []
        connections = connections or Connections()
        curve = _curve_of(config)
        for topic, endpoint in config.endpoints.items():
            _check_allowed(endpoint, topic=topic, encrypted=curve is not None, insecure=config.insecure)
        with ExitStack() as undo:
            context = zmq.Context()
            undo.callback(context.term)
            self._start_authenticator(context, curve, undo)
            for topic, endpoint in config.endpoints.items():
                port = connections.port(topic)
                stream = StreamSocket(context, topic=topic, endpoint=endpoint, curve=curve, port=port)
                undo.callback(stream.close)
                self._streams.append(stream)
            undo.callback(Attendant(self._streams).close)
            self._thread = SendingThread(self._streams)
            undo.callback(self._thread.close)
            self._undo = undo.pop_all()
        for topic, endpoint in self.endpoints.items():
            _log.info("publishing %s at %s%s", topic, endpoint, " with CURVE" if curve else "")

    @staticmethod
    def _start_authenticator(
        context: "zmq.Context[zmq.Socket[bytes]]", curve: CurveServer | None, undo: ExitStack
    ) -> None:
        authenticator = curve.start_authenticator(context) if curve else None
        if authenticator is not None:
            undo.callback(authenticator.stop)

    @property
    def endpoints(self) -> dict[Topic, str]:
        """The address of every open stream, with its real port."""
        return {stream.topic: stream.endpoint for stream in self._streams}

    def write(self, update: DepthUpdate) -> None:
        """Send `update` to all readers; streams to which nobody is connected cost nothing.

        Raises
        ------
        InputError
            When the encoding is 16UC1 and the update is not metric.
        MessageError
            When a number of its tag is none that a message can carry.
        """
        check_encoding(update, encoding=self._encoding)
        seq, self._seq = self._seq, self._seq + 1
        headers = [self._header(update, stream.topic, seq) for stream in self._streams if stream.has_readers]
        if headers:
            self._thread.hand_over(Outgoing(update=update, headers=headers))

    def _header(self, update: DepthUpdate, topic: Topic, seq: int) -> Header:
        return header_of(update, topic=topic, encoding=self._encoding, seq=seq, run_id=self._run_id)

    def close(self) -> None:
        """Close every stream; maps still on the way to a reader may be lost. May be called twice."""
        self._streams = []
        self._undo.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _curve_of(config: PublishConfig) -> CurveServer | None:
    if config.curve_secret_file is None:
        return None
    return CurveServer(secret_file=config.curve_secret_file, clients_dir=config.curve_clients_dir)


def _check_allowed(endpoint: str, *, topic: Topic, encrypted: bool, insecure: bool) -> None:
    check_endpoint(endpoint)
    if not (is_local(endpoint) or encrypted or insecure):
        raise InputError(
            f"refusing to publish {topic} at {endpoint}: other machines can reach it and it is not "
            f"encrypted; give keys with --publish.curve-secret-file (python -m publish keys makes them), "
            f"or accept that anybody may read with --publish.insecure"
        )
