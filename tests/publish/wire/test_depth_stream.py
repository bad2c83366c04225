import contextlib
import socket
import time
from itertools import islice

import pytest
import zmq

from focstream.types import InputError, MessageError
from publish.wire.depth_stream import DepthStream
from publish.wire.errors import StreamTimeoutError
from publish.wire.publisher import ZmqPublisher
from tests.publish.updates import an_update
from tests.publish.wire.sockets import PATIENCE_S, a_config, drain, publishing, reading, wait_for_reader
from tests.publish.wire.test_frame import GOOD


class RawPublisher:
    """Sends whatever it is given, as a hostile or broken publisher would."""

    def __enter__(self):
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.XPUB)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.endpoint = f"tcp://127.0.0.1:{self.socket.bind_to_random_port('tcp://127.0.0.1')}"
        return self

    def wait_for_reader(self):
        assert self.socket.poll(int(PATIENCE_S * 1000))
        self.socket.recv()

    def __exit__(self, *error):
        self.socket.close()
        self.context.term()


def write_at_a_pace(publisher, maps):
    for _ in range(maps):
        publisher.write(an_update())
        time.sleep(0.003)


def test_a_slow_reader_sees_the_newest_map():
    with ZmqPublisher(a_config()) as publisher, DepthStream(publisher.endpoints["depth"]) as stream:
        seen = wait_for_reader(publisher, stream).header.seq
        for _ in range(3):
            write_at_a_pace(publisher, 60)
            got = stream.read(timeout_s=PATIENCE_S)
            assert got.header.seq > seen + 40  # a queue would give the next one
            seen = drain(stream, newest=got).header.seq


def test_unread_maps_are_not_queued():
    with ZmqPublisher(a_config()) as publisher, DepthStream(publisher.endpoints["depth"]) as stream:
        wait_for_reader(publisher, stream)
        write_at_a_pace(publisher, 60)
        reads = 0
        with contextlib.suppress(StreamTimeoutError):
            while stream.read(timeout_s=0.3):
                reads += 1
        assert 1 <= reads <= 5


def test_age_counts_from_the_exposure():
    now_ns = time.time_ns()
    with (
        publishing(update=an_update(stamp_ns=now_ns - 60 * 10**9)) as publisher,
        reading(publisher) as stream,
    ):
        got = stream.read()
    assert 59.0 < got.age_s() < 600.0
    assert got.header.sent_ns > got.header.stamp_ns


def test_iterating():
    with publishing() as publisher, reading(publisher) as stream:
        seqs = [got.header.seq for got in islice(stream, 5)]
    assert seqs == sorted(set(seqs))


def test_nobody_there():
    with socket.socket() as finder:
        finder.bind(("127.0.0.1", 0))
        endpoint = f"tcp://127.0.0.1:{finder.getsockname()[1]}"
        with DepthStream(endpoint, timeout_s=0.05) as stream, pytest.raises(StreamTimeoutError) as caught:
            stream.read()
    assert isinstance(caught.value, TimeoutError)
    for hint in (endpoint, "running", "CURVE"):
        assert hint in str(caught.value)


@pytest.mark.parametrize("timeout_s", [-1.0, float("nan"), float("inf")])
def test_bad_timeouts(timeout_s):
    with DepthStream("tcp://127.0.0.1:1") as stream, pytest.raises(InputError, match="time-out"):
        stream.read(timeout_s)


def test_bad_messages_are_raised():
    with RawPublisher() as raw, DepthStream(raw.endpoint, timeout_s=PATIENCE_S) as stream:
        raw.wait_for_reader()
        raw.socket.send(b"depth nonsense")
        with pytest.raises(MessageError, match=raw.endpoint):
            stream.read()
        raw.socket.send(GOOD)
        assert stream.read().header.seq == 7
        assert stream.bad_messages == 1


def test_bad_messages_are_skipped_and_counted():
    with RawPublisher() as raw, DepthStream(raw.endpoint, on_bad="skip") as stream:
        raw.wait_for_reader()
        raw.socket.send(b"depth nonsense")
        with pytest.raises(StreamTimeoutError, match="1 malformed"):
            stream.read(timeout_s=1.0)
        raw.socket.send(GOOD)
        assert stream.read(timeout_s=PATIENCE_S).header.seq == 7
        assert stream.bad_messages == 1


def test_too_large_messages_are_not_received():
    with RawPublisher() as raw, DepthStream(raw.endpoint, max_message_bytes=100_000) as stream:
        raw.wait_for_reader()
        raw.socket.send(b"depth " + b"\0" * 1_000_000)
        with pytest.raises(StreamTimeoutError):
            stream.read(timeout_s=0.3)


def test_closing_twice():
    stream = DepthStream("tcp://127.0.0.1:1")
    stream.close()
    stream.close()


def test_messages_of_many_frames_do_not_end_the_reader():
    """libzmq aborts the process here with ZeroMQ's CONFLATE option."""
    with RawPublisher() as raw, DepthStream(raw.endpoint, on_bad="skip") as stream:
        raw.wait_for_reader()
        for _ in range(20):
            raw.socket.send_multipart([b"depth x"] * 2000)
        with pytest.raises(StreamTimeoutError, match="malformed"):
            stream.read(timeout_s=1.0)
        raw.socket.send(GOOD)
        assert stream.read(timeout_s=PATIENCE_S).header.seq == 7


def test_a_message_of_two_frames_says_what_is_wrong():
    with RawPublisher() as raw, DepthStream(raw.endpoint) as stream:
        raw.wait_for_reader()
        raw.socket.send_multipart([b"depth {}", b"pixels"])
        with pytest.raises(MessageError, match="one frame, but this message has 2"):
            stream.read(timeout_s=PATIENCE_S)
