from contextlib import closing, contextmanager

import pytest
import zmq

from focstream.errors import NotMetricError
from publish.connections import Port
from publish.wire.frame import unpack
from publish.wire.messages import header_of
from publish.wire.sending_thread import Outgoing, SendingThread
from publish.wire.stream_socket import StreamSocket
from tests.publish.updates import an_update
from tests.publish.wire.sockets import ANY_PORT


def outgoing(*, seq=0, scale=None, encoding="32FC1"):
    update = an_update(scale=scale)
    return Outgoing(
        update=update, headers=[header_of(update, topic="depth", encoding=encoding, seq=seq, run_id="run")]
    )


@contextmanager
def a_stream():
    with (
        zmq.Context() as context,
        closing(
            StreamSocket(context, topic="depth", endpoint=ANY_PORT, curve=None, port=Port("depth", most=8))
        ) as stream,
    ):
        yield stream


def hand_over_many(thread):
    for seq in range(1000):
        thread.hand_over(outgoing(seq=seq))


def test_a_failure_is_raised_where_the_caller_is():
    with a_stream() as stream, closing(SendingThread([stream])) as thread:
        thread.hand_over(outgoing(encoding="16UC1"))  # millimetres of a map that has no metres
        with pytest.raises(NotMetricError):
            hand_over_many(thread)


def test_a_failure_at_the_end_is_raised_at_the_end():
    with a_stream() as stream:
        thread = SendingThread([stream])
        thread.hand_over(outgoing(encoding="16UC1"))
        with pytest.raises(NotMetricError):
            thread.close()
        thread.close()


def test_what_is_handed_over_arrives_in_order():
    with a_stream() as stream, zmq.Context() as context, context.socket(zmq.SUB) as reader:
        reader.setsockopt(zmq.LINGER, 0)
        reader.setsockopt(zmq.SUBSCRIBE, b"depth ")
        reader.connect(stream.endpoint)
        with closing(SendingThread([stream])) as thread:
            seen = []
            for seq in range(1000):
                thread.hand_over(outgoing(seq=seq))
                while reader.poll(10):
                    seen.append(unpack(reader.recv()).header.seq)
                if len(seen) > 20:
                    break
    assert len(seen) > 20
    assert seen == sorted(set(seen))
