"""Many slices, many opens: nothing is lost, nothing is left behind."""

import gc
import threading

import psutil
import pytest

from capture.genicam.camera import GenicamCamera
from capture.genicam.config import GenicamConfig

FAST = GenicamConfig(
    width_px=320, height_px=240, offset_x_px=160, offset_y_px=120, frame_rate_hz=500.0, exposure_us=200.0
)


def read_frames(camera, count):
    return [frame for frame in (camera.read(5.0) for _ in range(count)) if frame is not None]


def kept():
    """Objects of harvesters and genicam that are still there."""
    names = ("ImageAcquirer", "Harvester", "NodeMap")
    return sum(type(one).__name__ in names for one in gc.get_objects())


@pytest.mark.slow
def test_frames_come_in_order_and_none_is_lost_in_the_driver(focussim, bench):
    with GenicamCamera(cti_files=[focussim], config=FAST) as camera:
        ids = []
        for _ in range(500):
            frame = camera.read(5.0)
            assert frame is not None
            assert frame.image.shape == (240, 320)
            ids.append(frame.frame_id)
        (stream,) = camera._open.buffers._acquirer.data_streams
        lost = stream.num_underrun
    assert ids == sorted(set(ids))
    # what the driver did not see, the producer had no buffer for: a busy machine, and counted
    assert ids[-1] - ids[0] + 1 - len(ids) <= lost


@pytest.mark.slow
def test_opening_and_closing_leaves_nothing_behind(focussim, bench):
    me = psutil.Process()

    def cycle():
        with GenicamCamera(cti_files=[focussim], config=FAST) as camera:
            assert len(read_frames(camera, 3)) == 3

    for _ in range(5):  # what libraries keep for ever they have by now
        cycle()
    gc.collect()
    before = (me.num_fds(), me.num_threads(), threading.active_count())
    kept_before, grown_bytes = kept(), []
    for _ in range(3):  # what grows every time is kept for ever; what grows once is the allocator's
        rss_bytes = me.memory_info().rss
        for _ in range(30):
            cycle()
        gc.collect()
        grown_bytes.append(me.memory_info().rss - rss_bytes)
        if grown_bytes[-1] < 4 * 2**20:  # 16 buffers of one cycle are 1.2 MiB
            break
    assert (me.num_fds(), me.num_threads(), threading.active_count()) == before
    assert min(grown_bytes) < 4 * 2**20
    assert kept() == kept_before  # harvesters and genicam keep what is only destroyed
