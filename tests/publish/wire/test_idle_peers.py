"""Strangers that connect to a stream and stay."""

import logging
import multiprocessing
import os
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil
import pytest

pytest.importorskip("resource", reason="needs a system with limits for processes, such as Linux")

import resource

from focstream.types import InputError
from publish.connections import Connections
from publish.wire.publisher import ZmqPublisher
from tests.publish.updates import an_update
from tests.publish.waiting import is_cut_off, wait_until
from tests.publish.wire.sockets import a_config, drain, reading, wait_for_reader

MOST, MANY = 8, 300


def connect(endpoint: str) -> socket.socket:
    """A peer that says nothing."""
    if endpoint.startswith("ipc://"):
        peer = socket.socket(socket.AF_UNIX)
        peer.connect(endpoint.removeprefix("ipc://"))
        peer.settimeout(20.0)
        return peer
    return socket.create_connection(("127.0.0.1", int(endpoint.rpartition(":")[2])), timeout=20.0)


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_idle_peers_are_bounded_and_readers_go_on(transport: str, caplog: pytest.LogCaptureFixture) -> None:
    connections = Connections(most_each=MOST)
    with ExitStack() as stack:
        # Not pytest's folder: the path of a socket has at most 107 characters.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        config = a_config() if transport == "tcp" else a_config(depth=f"ipc://{folder}/depth")
        publisher = stack.enter_context(ZmqPublisher(config, connections=connections))
        (port,) = connections
        stream = stack.enter_context(reading(publisher))
        wait_for_reader(publisher, stream)
        before = psutil.Process().num_fds()
        peers = [stack.enter_context(connect(publisher.endpoints["depth"])) for _ in range(MANY)]
        assert all(is_cut_off(peer) for peer in peers[MOST - 1 :])
        assert port.refused == MANY - (MOST - 1)
        assert port.open == MOST
        wait_until(lambda: psutil.Process().num_fds() <= before + MANY + MOST)
        publisher.write(an_update())
        assert drain(stream) is not None
    messages = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(messages) == 2
    assert f"the port for depth has {MOST} connections" in messages[0]
    assert f"refused {MANY - MOST + 1} connections" in messages[1]


def test_a_peer_too_many_is_ended_while_no_file_can_be_opened() -> None:
    """In a process of its own: without descriptors other threads of this one could come to harm."""
    process = multiprocessing.get_context("spawn").Process(target=crowd_without_descriptors)
    process.start()
    process.join(60.0)
    assert process.exitcode == 0


def crowd_without_descriptors() -> None:
    connections = Connections(most_each=1)
    with ExitStack() as stack:
        publisher = stack.enter_context(ZmqPublisher(a_config(), connections=connections))
        (port,) = connections
        endpoint = publisher.endpoints["depth"]
        stack.enter_context(connect(endpoint))
        late = [stack.enter_context(socket.socket()) for _ in range(4)]
        stack.enter_context(no_descriptor_free(but=len(late)))
        for peer in late:
            peer.settimeout(20.0)
            peer.connect(("127.0.0.1", int(endpoint.rpartition(":")[2])))
        assert all(is_cut_off(peer) for peer in late)
        assert (port.open, port.refused) == (1, len(late))


@contextmanager
def no_descriptor_free(*, but: int) -> Iterator[None]:
    """Leave this process only so many descriptors more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (psutil.Process().num_fds() + 32, hard))
        spare = [os.dup(0) for _ in range(but)]
        with suppress(OSError):
            while True:
                stack.callback(os.close, os.dup(0))
        for number in spare:
            os.close(number)
        yield


def test_a_reader_comes_in_when_another_peer_has_gone() -> None:
    connections = Connections(most_each=1)
    with ZmqPublisher(a_config(), connections=connections) as publisher:
        with connect(publisher.endpoints["depth"]), connect(publisher.endpoints["depth"]) as second:
            assert is_cut_off(second)
        with reading(publisher) as stream:  # ZeroMQ tries again by itself
            wait_for_reader(publisher, stream)


def test_a_publisher_that_cannot_bind_leaves_no_thread() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        before = threading.active_count()
        with pytest.raises(InputError):
            ZmqPublisher(a_config(depth=f"tcp://127.0.0.1:{taken.getsockname()[1]}"))
        assert threading.active_count() == before
