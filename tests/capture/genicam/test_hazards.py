"""The traps of harvesters, one test each: the producer springs them, the driver must not fall in."""

import itertools
import threading
import time

import pytest

from capture.genicam.camera import GenicamCamera
from capture.genicam.config import GenicamConfig
from capture.genicam.producers import open_device
from capture.genicam.sdk import load_sdk
from focstream.types import DeviceLostError

FAST = GenicamConfig(frame_rate_hz=200.0, exposure_us=500.0, height_px=64, timing="free")


def camera_at(producer, config=FAST):
    return GenicamCamera(cti_files=[producer], config=config)


def read_on(camera):
    for _ in range(100):
        camera.read(0.1)


def test_nothing_but_incomplete_images_is_a_loss_and_no_endless_wait(focussim, bench):
    with camera_at(focussim) as camera:
        assert camera.read(1.0) is not None
        bench.set(incomplete_percent=100)
        with pytest.raises(DeviceLostError, match=r"nothing for .* but [0-9]+ incomplete images"):
            read_on(camera)


def test_incomplete_images_are_counted_and_leave_gaps(focussim, bench):
    bench.set(incomplete_percent=20)
    with camera_at(focussim) as camera:
        ids = [camera.read(1.0).frame_id for _ in range(60)]
        incomplete = camera.incomplete()
    gaps = ids[-1] - ids[0] + 1 - len(ids)
    assert 5 < gaps <= incomplete


def test_the_oldest_image_comes_first_however_late_it_is_read(focussim, bench):
    with camera_at(focussim) as camera:
        time.sleep(0.05)  # ten images; there is room for sixteen
        ids = [camera.read(1.0).frame_id for _ in range(20)]
    assert ids == list(range(20))


def test_images_and_what_they_tell_are_copies(focussim, bench):
    with camera_at(focussim) as camera:
        first = camera.read(1.0)
        kept = first.image.copy()
        for _ in range(40):  # every buffer is filled again meanwhile
            camera.read(1.0)
    assert (first.image == kept).all()
    assert first.image.base is None or first.image.base.flags.owndata


def test_a_producer_that_wants_more_buffers_gets_them(focussim, bench):
    bench.set(buffers_at_least=24)
    with camera_at(focussim) as camera:
        assert camera.read(1.0) is not None


def test_a_borrowed_buffer_is_given_back_before_the_camera_stops(focussim, bench):
    camera = camera_at(focussim)
    with pytest.raises(KeyError), camera, camera._open.buffers.borrow(1.0):
        raise KeyError
    with camera:
        assert camera.read(1.0) is not None


def test_what_is_locked_while_the_camera_runs_is_set_before(focussim, bench):
    with camera_at(focussim) as camera:
        assert not camera.nodes.set("Width", 320)
    with camera_at(focussim, FAST.model_copy(update={"width_px": 320})) as camera:
        assert camera.info.width_px == 320
        assert camera.read(1.0).image.shape == (64, 320)


def test_another_thread_may_not_read_or_trigger(focussim, bench):
    told = []

    def use(camera):
        for call in (lambda: camera.read(0.1), camera.trigger):
            try:
                call()
            except RuntimeError as error:
                told.append(str(error))

    with camera_at(focussim) as camera:
        thread = threading.Thread(target=use, args=(camera,))
        thread.start()
        thread.join()
        assert camera.read(1.0) is not None
    assert ["was opened in another thread" in one for one in told] == [True, True]


def test_another_thread_that_closes_is_told_but_the_camera_is_closed(focussim, bench):
    camera = camera_at(focussim)
    thread = threading.Thread(target=camera.__enter__)
    thread.start()
    thread.join()
    with pytest.raises(RuntimeError, match="another thread"):
        camera.__exit__(None, None, None)
    with camera_at(focussim) as other:
        assert other.read(1.0) is not None


def test_it_may_be_opened_again_in_another_thread(focussim, bench):
    bench.set("rename AcquisitionFrameRate=", "rename AcquisitionFrameRateEnable=")  # so the rate is measured
    frames = []

    def use(camera):
        with camera:
            frames.append(camera.read(1.0))

    camera = camera_at(focussim, GenicamConfig(timing="free", height_px=64))
    for _ in range(2):
        thread = threading.Thread(target=use, args=(camera,))
        thread.start()
        thread.join()
    use(camera)
    assert len([frame for frame in frames if frame is not None]) == 3


def test_our_producer_lacks_nothing_that_harvesters_looks_for(focussim, bench, capfd):
    with open_device(load_sdk(), [focussim], None):
        pass
    assert "does not implement" not in capfd.readouterr().out


def test_the_names_of_time_differ_but_ours_are_seconds(focussim, bench):
    bench.set(stalled=1)
    with camera_at(focussim, FAST.model_copy(update={"timing": "software"})) as camera:
        waits_s = []
        for timeout_s in (0.0, 0.2, 0.6):
            started_s = time.monotonic()
            assert camera.read(timeout_s) is None
            waits_s.append(time.monotonic() - started_s)
    assert all(later > before for before, later in itertools.pairwise(waits_s))
    assert waits_s[2] >= 0.6
