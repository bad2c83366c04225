import errno
import struct

import pytest

from capture.uvc.config import UvcConfig
from capture.uvc.mode_requests import is_in_use, offered_modes, present_mode
from capture.uvc.modes import OfferedModes, VideoMode, choose_mode, describe_modes
from focstream.types import InputError

PRESENT = VideoMode(fourcc="YUYV", width_px=640, height_px=480, rate_hz=30.0)


def mode(fourcc, width_px, height_px, *rates_hz):
    return OfferedModes(
        fourcc=fourcc,
        widths_px=range(width_px, width_px + 1),
        heights_px=range(height_px, height_px + 1),
        rates_hz=rates_hz,
    )


# of a usual webcam: large pictures are quick only as JPEG
USUAL = (
    mode("YUYV", 640, 480, 30.0, 15.0),
    mode("YUYV", 1280, 720, 10.0),
    mode("MJPG", 1280, 720, 30.0),
    mode("MJPG", 1920, 1080, 30000 / 1001),
)


def chosen(modes=USUAL, present=PRESENT, **asked):
    taken = choose_mode(modes, present, UvcConfig(**asked), name="uvc:0")
    return taken and (taken.fourcc, taken.width_px, taken.height_px, round(taken.rate_hz, 2))


def test_the_present_mode_stays_when_nothing_is_asked_for():
    assert chosen() == ("YUYV", 640, 480, 30)
    assert chosen(modes=()) == ("YUYV", 640, 480, 30)
    assert chosen(modes=(), present=None) is None


def test_a_present_format_that_cannot_be_read_gives_way_to_the_nearest_mode():
    left = VideoMode(fourcc="H264", width_px=1280, height_px=720, rate_hz=30.0)
    assert chosen(present=left) == ("MJPG", 1280, 720, 30)


def test_what_is_not_asked_for_stays_near_to_what_it_was():
    assert chosen(width_px=1280) == ("YUYV", 1280, 720, 10)
    assert chosen(width_px=1280, fps=30) == ("MJPG", 1280, 720, 30)
    assert chosen(fourcc="mjpg") == ("MJPG", 1280, 720, 30)
    assert chosen(fps=15) == ("YUYV", 640, 480, 15)
    assert chosen(height_px=1080, fps=30) == ("MJPG", 1920, 1080, 30)  # 29.97 is called 30


def test_sizes_in_steps_are_offered_as_such():
    stepped = OfferedModes(fourcc="YUYV", widths_px=range(32, 2049, 16), heights_px=range(32, 1537, 16))
    assert chosen((stepped,), width_px=1008) == ("YUYV", 1008, 480, 30)
    assert describe_modes((stepped,)) == "(32 … 2048)×(32 … 1536) YUYV"
    with pytest.raises(InputError, match=r"uvc:0 has no mode 1010×any height; it offers \(32 … 2048\)"):
        chosen((stepped,), width_px=1010)


def test_a_driver_that_lists_nothing_is_believed():
    assert chosen((), width_px=1280, height_px=720, fourcc="mjpg") == ("MJPG", 1280, 720, 30)


def stepwise(request, buffer):
    """Answer as a driver whose sizes come in steps and whose rates are a range."""
    index = struct.unpack_from("=I", buffer)[0]
    if index or request not in (0xC0405602, 0xC02C564A, 0xC034564B):
        raise OSError(errno.EINVAL, "Invalid argument")
    if request == 0xC0405602:
        buffer[44:48] = b"NV12"
    elif request == 0xC02C564A:
        struct.pack_into("=7I", buffer, 8, 3, 32, 64, 16, 32, 48, 8)
    else:
        struct.pack_into("=7I", buffer, 16, 2, 1, 60, 1, 1, 1, 1)


def test_stepwise_answers_of_a_driver_are_read():
    assert offered_modes(stepwise) == (
        OfferedModes(fourcc="NV12", widths_px=range(32, 65, 16), heights_px=range(32, 49, 8)),
    )
    assert present_mode(stepwise) is None
    assert not is_in_use(stepwise)
