"""No peer can silence a stream for the others, nor fill the publisher's memory."""

import contextlib
import logging
import random

import psutil
import pytest
import zmq

from publish.wire import peers
from publish.wire.depth_stream import DepthStream
from publish.wire.publisher import ZmqPublisher
from tests.publish.updates import an_update
from tests.publish.wire.raw_peer import RawPeer
from tests.publish.wire.sockets import PATIENCE_S, a_config, publishing, reading, wait_for_reader


def test_an_unsubscription_of_a_peer_that_never_subscribed():
    with publishing() as publisher, reading(publisher) as stream:
        for _ in range(5):  # not the first ones: the peer may be heard of later
            with RawPeer(publisher.endpoints["depth"]) as forger:
                for _ in range(5):
                    forger.send(b"\x00depth ")
                    stream.read()


def test_a_reader_that_leaves_does_not_take_others_along():
    with publishing() as publisher, reading(publisher) as stream:
        for _ in range(5):
            with reading(publisher) as other:
                other.read()
            for _ in range(5):
                stream.read()


def test_a_peer_that_asks_too_much_is_disconnected(caplog):
    caplog.set_level(logging.WARNING)
    with ZmqPublisher(a_config()) as publisher, DepthStream(publisher.endpoints["depth"]) as stream:
        for _ in range(2):
            with RawPeer(publisher.endpoints["depth"]) as peer:
                peer.send(*(b"\x01other %d" % number for number in range(peers.MAX_REQUESTS + 1)))
                assert peer.was_disconnected()
        assert caplog.text.count("more than 32 subscriptions") == 1  # not once for each
        assert wait_for_reader(publisher, stream).header.topic == "depth"


@pytest.mark.parametrize(
    "asked", [b"\x01depth ", b"\x00depth ", b"hello"], ids=["again", "never", "no request"]
)
def test_whatever_it_asks_is_counted(asked):
    with ZmqPublisher(a_config()) as publisher, RawPeer(publisher.endpoints["depth"]) as peer:
        peer.send(*[asked] * (peers.MAX_REQUESTS + 1))
        assert peer.was_disconnected()


@pytest.mark.parametrize("endpoint", ["ipc://{}/depth", "ipc://@{}", "tcp://[::1]:*", "tcp://localhost:*"])
def test_at_any_address(endpoint, tmp_path, caplog):
    config = a_config(depth=endpoint.format(tmp_path))
    with ZmqPublisher(config) as publisher, zmq.Context() as context, context.socket(zmq.SUB) as raw:
        raw.setsockopt(zmq.LINGER, 0)
        raw.setsockopt(zmq.IPV6, 1)
        ended = raw.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        raw.connect(publisher.endpoints["depth"])
        for number in range(2 * peers.MAX_REQUESTS):
            raw.setsockopt(zmq.SUBSCRIBE, b"other %d" % number)
        assert ended.poll(1000 * PATIENCE_S)
        raw.disable_monitor()
        ended.close()
    assert "more than 32 subscriptions" in caplog.text


def test_a_peer_that_asks_a_few_things_is_served():
    with publishing() as publisher, RawPeer(publisher.endpoints["depth"]) as peer:
        peer.send(*(b"\x01other %d" % number for number in range(peers.MAX_REQUESTS - 1)), b"\x01depth ")
        peer.receive_until(b"depth {")


@pytest.mark.parametrize(("size", "is_ended"), [(120, False), (200, True)])
def test_a_request_is_short(size, is_ended):
    with publishing() as publisher, RawPeer(publisher.endpoints["depth"]) as peer:
        peer.send(b"\x01" + b"x" * size)
        if is_ended:
            assert peer.was_disconnected()
        else:
            peer.send(b"\x01depth ")
            peer.receive_until(b"depth {")


def test_no_socket_stops_reading_from_a_connection():
    """With a bound on what waits, libzmq can end the process when a connection ends."""
    with ZmqPublisher(a_config()) as publisher, DepthStream(publisher.endpoints["depth"]) as stream:
        (sending,) = publisher._streams
        assert sending._socket.getsockopt(zmq.RCVHWM) == 0
        with contextlib.closing(stream._connection()) as connection:
            assert connection.socket.getsockopt(zmq.RCVHWM) == 0


def test_memory_does_not_grow_with_what_peers_ask():
    names = random.Random(0)
    with ZmqPublisher(a_config()) as publisher, DepthStream(publisher.endpoints["depth"]) as stream:
        wait_for_reader(publisher, stream)
        before_bytes = psutil.Process().memory_info().rss
        for _ in range(5):
            with RawPeer(publisher.endpoints["depth"]) as peer:
                with contextlib.suppress(ConnectionError):
                    peer.send(*(b"\x01" + names.randbytes(100) for _ in range(1000)))
                publisher.write(an_update())
                peer.was_disconnected()
        wait_for_reader(publisher, stream)
        assert psutil.Process().memory_info().rss - before_bytes < 20e6


@pytest.mark.slow
def test_a_peer_without_a_sign_of_life_is_let_go():
    with ZmqPublisher(a_config()) as publisher, RawPeer(publisher.endpoints["depth"]) as peer:
        assert peer.was_disconnected()  # it never answers a heartbeat
