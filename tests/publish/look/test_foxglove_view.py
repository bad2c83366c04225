import logging
import socket
import struct
from dataclasses import replace

import cv2
import numpy as np
import pytest

pytest.importorskip("foxglove", reason='needs foxglove-sdk: pip install "focstream[foxglove]"')
pytest.importorskip("aiohttp", reason='needs aiohttp: pip install "focstream[web]"')
pytest.importorskip("google.protobuf", reason="needs protobuf: pip install -e '.[dev]'")
from calibration.apply.confidence import Confidence
from focstream.types import InputError
from publish.look.foxglove_view import FoxgloveView
from tests.publish.look.foxglove_peer import Peer, connected, with_peer
from tests.publish.updates import LENS, MICROSCOPE, an_update
from tests.slices import make_slice

STAMP_NS = 1_700_000_000_123_456_789


@pytest.fixture
def view():
    opened = FoxgloveView(port=0)
    yield opened
    opened.close()
    opened.close()


def first_of(view, *topics):
    """Return the first message of each topic, by topic."""

    async def talk(peer: Peer):
        found = {}
        await peer.subscribe(*topics)
        while len(found) < len(topics):
            received = await peer.next()
            found.setdefault(received.topic, received)
        return found

    return with_peer(view.port, talk)


def test_depth_and_sigma_are_32fc1_with_the_time_of_the_exposure(view) -> None:
    update = an_update(stamp_ns=STAMP_NS)
    view.write(update)
    found = first_of(view, "/depth/image", "/depth/sigma")
    for topic, values in (("/depth/image", update.depth()), ("/depth/sigma", update.sigma())):
        image = found[topic].message
        assert (image.encoding, image.width, image.height, image.step) == ("32FC1", 24, 16, 96)
        np.testing.assert_array_equal(np.frombuffer(image.data, "<f4").reshape(16, 24), values)
        assert found[topic].stamp_ns == STAMP_NS
        assert (image.timestamp.seconds, image.timestamp.nanos) == divmod(STAMP_NS, 10**9)
        assert image.frame_id == "camera_optical"


def test_the_calibration_is_that_of_the_images(view) -> None:
    lens = replace(LENS, distortion_model="plumb_bob", distortion=(0.1, -0.2, 0.0, 0.0, 0.05))
    view.write(an_update(intrinsics=lens))
    message = first_of(view, "/depth/camera_info")["/depth/camera_info"].message
    assert list(message.K) == list(lens.k)
    assert list(message.D) == list(lens.distortion)
    assert list(message.P) == [50.0, 0.0, 10.5, 0.0, 0.0, 51.0, 7.5, 0.0, 0.0, 0.0, 1.0, 0.0]
    assert (message.width, message.height, message.distortion_model) == (24, 16, "plumb_bob")


def test_the_picture_and_the_newest_slice_are_jpegs(view) -> None:
    deep = replace(make_slice(), image=np.full((4, 6), 200 << 8, np.uint16))
    view.see(deep)
    view.write(an_update())
    found = first_of(view, "/depth/all_in_focus", "/camera/image")
    pictures = {
        topic: cv2.imdecode(np.frombuffer(one.message.data, np.uint8), cv2.IMREAD_UNCHANGED)
        for topic, one in found.items()
    }
    assert pictures["/depth/all_in_focus"].shape == (16, 24, 3)
    assert pictures["/camera/image"].shape == (4, 6)
    assert np.abs(pictures["/camera/image"].astype(int) - 200).max() <= 2


def points_of(message):
    fields = {field.name: field.offset for field in message.fields}
    assert message.point_stride == 15
    count = len(message.data) // message.point_stride
    xyz = [
        struct.unpack_from("<fff", message.data, k * message.point_stride + fields["x"]) for k in range(count)
    ]
    return np.array(xyz)


def test_the_cloud_lies_where_the_depth_says(view) -> None:
    update = an_update()
    view.write(update)
    points = points_of(first_of(view, "/depth/points")["/depth/points"].message)
    rows, columns = np.nonzero(np.isfinite(update.depth()))
    z_m = update.depth()[rows, columns]
    np.testing.assert_allclose(points[:, 2], z_m)
    np.testing.assert_allclose(points[:, 0], (columns - LENS.cx_px) / LENS.fx_px * z_m, rtol=1e-6)
    np.testing.assert_allclose(points[:, 1], (rows - LENS.cy_px) / LENS.fy_px * z_m, rtol=1e-6)


def test_the_cloud_leaves_out_what_is_not_sure() -> None:
    view = FoxgloveView(port=0, confidence=Confidence())
    try:
        update = an_update()
        sigma = np.where(np.arange(24) < 12, 0.2, 0.001).astype(np.float32) * np.ones((16, 1), np.float32)
        view.write(replace(update, coordinate_sigma=sigma))
        points = points_of(first_of(view, "/depth/points")["/depth/points"].message)
        assert 0 < len(points) <= 16 * 12
    finally:
        view.close()


@pytest.mark.parametrize(("scale", "folder"), [(None, "/sweep_coordinate"), (MICROSCOPE, "/height")])
def test_what_is_not_in_metres_is_not_called_depth(view, scale, folder) -> None:
    update = an_update(scale=scale)
    view.write(update)

    async def talk(peer: Peer):
        await peer.subscribe(f"{folder}/image")
        return peer.topics, await peer.next()

    topics, received = with_peer(view.port, talk)
    assert not [topic for topic in topics if topic.startswith("/depth") or topic.endswith("points")]
    values = np.frombuffer(received.message.data, "<f4").reshape(16, 24)
    np.testing.assert_array_equal(values, update.depth())
    assert topics[f"{folder}/image"]["metadata"] == {"unit": update.unit}


def test_who_comes_late_gets_the_newest_map_and_later_ones(view) -> None:
    view.write(an_update(stamp_ns=STAMP_NS))

    async def talk(peer: Peer):
        await peer.subscribe("/depth/image")
        first = await peer.next()
        view.write(an_update(stamp_ns=STAMP_NS + 5))
        while (later := await peer.next()).stamp_ns == STAMP_NS:
            pass  # it came, and was the newest map when it subscribed
        return first.stamp_ns, later.stamp_ns

    assert with_peer(view.port, talk) == (STAMP_NS, STAMP_NS + 5)


def test_lines_of_the_log_are_sent(view) -> None:
    async def talk(peer: Peer):
        await peer.subscribe("/log", "/depth/image")
        view.write(an_update())
        await peer.next("/depth/image")  # now the subscriptions are in force
        logging.getLogger("capture.acquisition").warning("%d slices lost", 3)
        return (await peer.next("/log")).message

    view.write(an_update())
    line = with_peer(view.port, talk)
    assert (line.message, line.name, line.level) == ("3 slices lost", "capture.acquisition", 3)


def test_a_peer_that_reads_nothing_holds_up_nobody_and_older_maps_are_left_out() -> None:
    view = FoxgloveView(port=0, period_s=0.0)
    large = an_update(height=600, width=800, stamp_ns=STAMP_NS)
    last_ns = STAMP_NS + 100  # 190 MB: more than any buffer of the system takes

    async def talk(stalled: Peer):
        await stalled.subscribe("/depth/image")
        await stalled.next()
        async with connected(view.port) as other:
            await other.subscribe("/depth/image")
            stamp_ns = STAMP_NS
            while (await other.next()).stamp_ns < last_ns:
                stamp_ns += 1
                view.write(replace(large, tag=replace(large.tag, exposure_mid_ns=stamp_ns)))
        stamps = [(await stalled.next()).stamp_ns]
        while stamps[-1] < last_ns:
            stamps.append((await stalled.next()).stamp_ns)
        return stamps

    try:
        view.write(large)
        stamps = with_peer(view.port, talk)
    finally:
        view.close()
    assert stamps == sorted(stamps)
    assert len(set(stamps)) < 80


def test_strangers_fill_no_log(view, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", view.port), timeout=60) as stranger:
            stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
            while stranger.recv(4096):
                pass
    assert not caplog.records


def test_a_taken_port_is_one_line(view) -> None:
    handlers = list(logging.getLogger().handlers)
    with pytest.raises(InputError, match="another --foxglove PORT") as caught:
        FoxgloveView(port=view.port)
    assert "\n" not in str(caught.value)
    assert logging.getLogger().handlers == handlers


def test_a_closed_view_leaves_nothing_behind() -> None:
    handlers, level = list(logging.getLogger().handlers), logging.getLogger("foxglove").level
    view = FoxgloveView(port=0)
    view.close()
    assert logging.getLogger().handlers == handlers
    assert logging.getLogger("foxglove").level == level
    again = FoxgloveView(port=view.port)
    again.close()
