import socket
import threading
import time

import numpy as np
import psutil
import pytest
import zmq
from pydantic import ValidationError

from focstream.types import FocusScale, InputError
from publish.wire.config import PublishConfig
from publish.wire.depth_stream import DepthStream
from publish.wire.publisher import ZmqPublisher
from tests.publish.updates import an_update
from tests.publish.wire.sockets import ANY_PORT, PATIENCE_S, a_config, publishing, reading, wait_for_reader


def test_every_stream_asked_for():
    update = an_update()
    config = a_config(sigma=ANY_PORT, aif=ANY_PORT)
    expected = {"depth": update.depth(), "sigma": update.sigma(), "aif": update.all_in_focus}
    with publishing(config, update=update) as publisher:
        assert set(publisher.endpoints) == set(expected)
        for topic in publisher.endpoints:
            with reading(publisher, topic=topic) as stream:
                assert np.array_equal(stream.read().values, expected[topic], equal_nan=True)


def test_only_streams_asked_for():
    with ZmqPublisher(a_config(depth=None, aif=ANY_PORT)) as publisher:
        assert list(publisher.endpoints) == ["aif"]
        assert publisher.endpoints["aif"].startswith("tcp://127.0.0.1:")
        assert not publisher.endpoints["aif"].endswith("*")


def test_switched_off():
    with ZmqPublisher(a_config(enabled=False)) as publisher:
        publisher.write(an_update())
        assert publisher.endpoints == {}


def test_maps_nobody_saw_are_counted():
    with ZmqPublisher(a_config()) as publisher:
        for _ in range(50):
            publisher.write(an_update())
        with DepthStream(publisher.endpoints["depth"]) as stream:
            assert wait_for_reader(publisher, stream).header.seq >= 50


def test_readers_come_and_go():
    with ZmqPublisher(a_config()) as publisher:
        for _ in range(3):
            with DepthStream(publisher.endpoints["depth"]) as stream:
                wait_for_reader(publisher, stream)


def test_a_subscriber_to_everything_is_served():
    with publishing() as publisher, zmq.Context() as context, context.socket(zmq.SUB) as raw:
        raw.setsockopt(zmq.SUBSCRIBE, b"")
        raw.setsockopt(zmq.LINGER, 0)
        raw.connect(publisher.endpoints["depth"])
        assert raw.poll(int(PATIENCE_S * 1000))
        assert raw.recv().startswith(b"depth {")


def test_port_in_use():
    with ZmqPublisher(a_config()) as first:
        endpoint = first.endpoints["depth"]
        with pytest.raises(InputError, match="in use") as caught:
            ZmqPublisher(a_config(depth=endpoint))
    assert endpoint in str(caught.value)
    assert "--publish.depth" in str(caught.value)


def test_two_streams_at_one_address():
    with socket.socket() as finder:
        finder.bind(("127.0.0.1", 0))
        free = f"tcp://127.0.0.1:{finder.getsockname()[1]}"
    with pytest.raises(InputError, match="another stream"):
        ZmqPublisher(a_config(depth=free, sigma=free))
    ZmqPublisher(a_config(depth=free)).close()  # the failed one let go of the port


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "5556",
        "127.0.0.1:5556",
        "udp://127.0.0.1:1",
        "tcp://127.0.0.1",
        "tcp://127.0.0.1:70000",
        "tcp://:1",
    ],
)
def test_bad_endpoints(endpoint):
    with pytest.raises(InputError, match="is not an address"):
        ZmqPublisher(a_config(depth=endpoint))
    with pytest.raises(InputError, match="is not an address"):
        DepthStream(endpoint)


def test_an_address_of_another_machine():
    with pytest.raises(InputError, match=r"cannot publish depth at tcp://203\.0\.113\.1:5556"):
        ZmqPublisher(a_config(depth="tcp://203.0.113.1:5556", insecure=True))


@pytest.mark.parametrize("host", ["*", "0.0.0.0", "192.168.1.4", "eth0", "[::]"])
def test_other_machines_are_refused_without_curve(host):
    with pytest.raises(InputError, match=r"--publish\.insecure"):
        ZmqPublisher(a_config(depth=f"tcp://{host}:*"))


def test_other_machines_are_let_in_on_demand():
    with ZmqPublisher(a_config(depth="tcp://0.0.0.0:*", insecure=True)) as publisher:
        assert publisher.endpoints["depth"].startswith("tcp://0.0.0.0:")


def test_ipc(tmp_path):
    config = a_config(depth=f"ipc://{tmp_path}/depth")
    with publishing(config) as publisher, reading(publisher) as stream:
        assert stream.read().header.topic == "depth"


def test_millimetres_need_metres_even_if_nobody_listens():
    with (
        ZmqPublisher(a_config(encoding="16UC1")) as publisher,
        pytest.raises(InputError, match=r"16UC1.*32FC1"),
    ):
        publisher.write(an_update(scale=None))


def test_closing_twice():
    publisher = ZmqPublisher(a_config())
    publisher.close()
    publisher.close()


def test_a_stalled_reader_costs_no_memory():
    update = an_update(height=480, width=640)
    with ZmqPublisher(a_config()) as publisher, zmq.Context() as context, context.socket(zmq.SUB) as stalled:
        stalled.setsockopt(zmq.RCVHWM, 1)
        stalled.setsockopt(zmq.LINGER, 0)
        stalled.setsockopt(zmq.SUBSCRIBE, b"depth ")
        stalled.connect(publisher.endpoints["depth"])
        deadline_s = time.monotonic() + PATIENCE_S
        while not stalled.poll(20):  # until it is connected; it is never read
            assert time.monotonic() < deadline_s
            publisher.write(update)
        before_bytes = psutil.Process().memory_info().rss
        for _ in range(200):  # 246 MB
            publisher.write(update)
        grown_bytes = psutil.Process().memory_info().rss - before_bytes
    assert grown_bytes < 60e6


class HeldUp(FocusScale):
    """A scale that takes its time: packing waits for it."""

    asked, go_on = threading.Event(), threading.Event()

    def depth(self, coordinate):
        self.asked.set()
        assert self.go_on.wait(PATIENCE_S)
        return super().depth(coordinate)


def test_packing_does_not_hold_up_the_main_loop(caplog):
    slow = an_update(scale=HeldUp(far_dpt=0.5, near_dpt=5.0))
    with ZmqPublisher(a_config()) as publisher, DepthStream(publisher.endpoints["depth"]) as stream:
        seen = wait_for_reader(publisher, stream).header.seq
        publisher.write(slow)
        assert HeldUp.asked.wait(PATIENCE_S)
        for _ in range(4):  # two wait, two are lost
            publisher.write(slow)
        assert not HeldUp.go_on.is_set()
        assert caplog.text.count("a map was not published") == 1
        HeldUp.go_on.set()
        assert stream.read(timeout_s=PATIENCE_S).header.seq > seen


def test_a_flood_of_subscriptions_is_survived():
    with ZmqPublisher(a_config()) as publisher, zmq.Context() as context, context.socket(zmq.SUB) as raw:
        raw.setsockopt(zmq.LINGER, 0)
        raw.connect(publisher.endpoints["depth"])
        for number in range(2000):
            raw.setsockopt(zmq.SUBSCRIBE, b"other %d" % number)
        raw.setsockopt(zmq.SUBSCRIBE, b"x" * 5000)
        with DepthStream(publisher.endpoints["depth"]) as stream:
            assert wait_for_reader(publisher, stream).header.topic == "depth"


def test_config_refuses_what_it_does_not_know():
    with pytest.raises(ValidationError):
        PublishConfig(detph="tcp://127.0.0.1:1")
    with pytest.raises(ValidationError, match="curve_secret_file"):
        PublishConfig(curve_clients_dir="keys")


def test_every_option_has_a_help_text():
    assert all(field.description for field in PublishConfig.model_fields.values())
