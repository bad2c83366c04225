import sys

import cv2
import pytest

from capture.camera import Camera
from capture.discovery import list_cameras
from capture.uvc.camera import UvcCamera
from capture.uvc.device import find_devices, query_device, uvc_path
from capture.uvc.quiet_opencv import quiet_opencv
from focstream.types import DeviceNotFoundError

NOBODY = 987
linux = pytest.mark.skipif(sys.platform != "linux", reason="video devices are files on Linux only")


@pytest.fixture(autouse=True)
def no_producers(monkeypatch):
    monkeypatch.delenv("GENICAM_GENTL64_PATH", raising=False)


@linux
def test_no_such_camera_is_one_clear_error(capfd):
    camera: Camera = UvcCamera(NOBODY)
    with pytest.raises(DeviceNotFoundError, match=f"no camera /dev/video{NOBODY}; connect it"):
        camera.__enter__()
    assert capfd.readouterr() == ("", "")


def test_a_closed_camera_is_a_mistake_of_the_caller():
    with pytest.raises(RuntimeError, match="not open"):
        UvcCamera(NOBODY).read(0.0)
    with pytest.raises(RuntimeError, match="not open"):
        _ = UvcCamera(NOBODY).info


@linux
def test_another_file_is_no_camera(tmp_path):
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(DeviceNotFoundError, match="is not a video device"):
        query_device(path)
    with pytest.raises(DeviceNotFoundError, match="cannot be opened"):
        query_device(tmp_path)


@linux
def test_every_camera_listed_is_there():
    listed = [camera.selector for camera in list_cameras() if camera.kind == "uvc"]
    assert listed == [f"uvc:{device.index}" for device in find_devices()]
    assert all(query_device(uvc_path(int(selector[4:]))) for selector in listed)


@linux
def test_a_connected_camera_delivers():
    devices = find_devices()
    if not devices:
        pytest.skip("needs a UVC camera")
    with UvcCamera(devices[0].index) as camera:
        frames = [frame for frame in (camera.read(5.0) for _ in range(3)) if frame is not None]
        shape = (camera.info.height_px, camera.info.width_px)
    assert [frame.frame_id for frame in frames] == [0, 1, 2]
    assert {frame.image.shape[:2] for frame in frames} == {shape}


def test_opencv_is_quiet_inside_and_as_before_outside(capfd):
    level = cv2.getLogLevel if hasattr(cv2, "getLogLevel") else cv2.utils.logging.getLogLevel
    before = level()
    with quiet_opencv(), quiet_opencv():
        assert cv2.imread("no such file.png") is None
    assert capfd.readouterr().err == ""
    assert level() == before
