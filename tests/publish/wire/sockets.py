"""Real sockets on ephemeral loopback ports, without waiting by the clock."""

import threading
import time
from contextlib import contextmanager

from publish.wire.config import PublishConfig
from publish.wire.depth_stream import DepthStream
from publish.wire.errors import StreamTimeoutError
from publish.wire.publisher import ZmqPublisher
from tests.publish.updates import an_update

ANY_PORT = "tcp://127.0.0.1:*"
PATIENCE_S = 20.0


def a_config(**changes):
    """Only the depth stream, on any free port."""
    return PublishConfig(**{"depth": ANY_PORT, "sigma": None, "aif": None} | changes)


@contextmanager
def publishing(config=None, *, update=None, period_s=0.005):
    """A publisher that repeats one update in its own thread, as long as the block runs."""
    publisher = ZmqPublisher(config or a_config())
    done = threading.Event()

    def repeat():
        while not done.wait(period_s):
            publisher.write(update or an_update())

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield publisher
    finally:
        done.set()
        thread.join()
        publisher.close()


def wait_for_reader(publisher, stream):
    """Write until `stream` gets a map: from then on the two are connected."""
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        publisher.write(an_update())
        try:
            return stream.read(timeout_s=0.02)
        except StreamTimeoutError:
            continue
    raise AssertionError("the subscriber never connected")


def reading(publisher, *, topic="depth"):
    """A patient reader of one of the publisher's streams."""
    return DepthStream(publisher.endpoints[topic], topic=topic, timeout_s=PATIENCE_S)


def drain(stream, *, newest=None):
    """Read what is still under way; returns the last map."""
    try:
        while True:
            newest = stream.read(timeout_s=0.2)
    except StreamTimeoutError:
        return newest
