"""Whatever ended a connection, a stream reads again by itself as soon as there is something to read."""

import logging
import socket
import time

import pytest

from publish.wire.curve import CurveClient, make_keys
from publish.wire.depth_stream import DepthStream
from publish.wire.errors import StreamTimeoutError
from tests.publish.wire.relay import Relay
from tests.publish.wire.sockets import PATIENCE_S, a_config, drain, publishing
from tests.publish.wire.test_depth_stream import RawPublisher
from tests.publish.wire.test_frame import GOOD


def warnings(caplog):
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


def free_endpoint():
    with socket.socket() as finder:
        finder.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{finder.getsockname()[1]}"


def wait_for_trouble(stream, text):
    give_up_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up_s:
        with pytest.raises(StreamTimeoutError) as caught:
            stream.read(timeout_s=0.2)
        if text in str(caught.value):
            return
    raise AssertionError(f"{caught.value} does not say {text}")


def read_until_new_run(stream, old_run):
    for _ in range(1000):
        try:
            header = stream.read(timeout_s=PATIENCE_S).header
        except StreamTimeoutError:
            continue
        if header.run_id != old_run:
            return header
    raise AssertionError("the second publisher was never read")


@pytest.mark.slow
def test_a_silent_network():
    with (
        publishing() as publisher,
        Relay(publisher.endpoints["depth"]) as relay,
        DepthStream(relay.endpoint, timeout_s=PATIENCE_S) as stream,
    ):
        first = stream.read()
        relay.silence()
        last = drain(stream, newest=first)
        assert stream.read().header.seq > last.header.seq
        assert relay.accepted == 2


def test_a_restart_is_seen():
    config = a_config(depth=free_endpoint())
    with DepthStream(config.depth, timeout_s=PATIENCE_S) as stream:
        with publishing(config):
            first = next(got.header for got in stream if got.header.seq > 20)
        with publishing(config):
            second = read_until_new_run(stream, first.run_id)
    assert "" not in {first.run_id, second.run_id}
    assert first.run_id != second.run_id


def test_a_message_that_is_too_large(caplog):
    with (
        RawPublisher() as raw,
        DepthStream(raw.endpoint, timeout_s=PATIENCE_S, max_message_bytes=100_000) as stream,
    ):
        raw.wait_for_reader()
        for _ in range(2):
            raw.socket.send(b"depth " + b"\0" * 200_000)
            wait_for_trouble(stream, "more than 100000 bytes (max_message_bytes)")
            raw.wait_for_reader()
        assert len(warnings(caplog)) == 1
        raw.socket.send(GOOD)
        assert stream.read().header.seq == 7


def test_no_fall_back_and_no_giving_up(tmp_path, caplog):
    """Keys that are not known yet, then a publisher without CURVE, then the right one."""
    make_keys(tmp_path, clients=("alice",))
    make_keys(tmp_path / "others", clients=("bob",))
    alice = CurveClient(server_key_file=tmp_path / "server.key", secret_file=tmp_path / "alice.key_secret")
    endpoint = free_endpoint()
    plain = a_config(depth=endpoint)
    secret = plain.model_copy(update={"curve_secret_file": tmp_path / "server.key_secret"})
    refusing = secret.model_copy(update={"curve_clients_dir": tmp_path / "others" / "clients"})
    with DepthStream(endpoint, curve=alice) as stream:
        for config, trouble in ((refusing, "does not let this reader's key in"), (plain, "without CURVE")):
            caplog.clear()
            with publishing(config):
                wait_for_trouble(stream, trouble)
            assert any(trouble in warning for warning in warnings(caplog))
            assert len(set(warnings(caplog))) == len(warnings(caplog))
        with publishing(secret):
            assert stream.read(timeout_s=PATIENCE_S).header.topic == "depth"


def test_a_key_file_that_is_missing_for_a_while(tmp_path):
    make_keys(tmp_path, clients=("alice",))
    make_keys(tmp_path / "others", clients=("bob",))
    key = tmp_path / "server.key"
    alice = CurveClient(server_key_file=key, secret_file=tmp_path / "alice.key_secret")
    secret = a_config(depth=free_endpoint(), curve_secret_file=tmp_path / "server.key_secret")
    refusing = secret.model_copy(update={"curve_clients_dir": tmp_path / "others" / "clients"})
    with DepthStream(secret.depth, curve=alice) as stream:
        content = key.read_text()
        key.unlink()
        with publishing(refusing):
            wait_for_trouble(stream, "server.key: cannot be read")
        key.write_text(content)
        with publishing(secret):
            assert stream.read(timeout_s=PATIENCE_S).header.topic == "depth"


def test_another_program_at_the_address(caplog):
    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with DepthStream(endpoint) as stream:
            connection, _ = server.accept()
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.close()
            wait_for_trouble(stream, "ends the handshake")
