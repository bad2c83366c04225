import errno
import struct

import pytest

from capture.lenses.setup import LensSetup, LinearFocus
from capture.lenses.v4l2 import v4l2_lens
from capture.simulator.serial_lenses.optics import EmulatedOptics
from capture.simulator.serial_lenses.v4l2 import V4l2Focus
from capture.uvc.controls import CONTROL, FOCUS_ABSOLUTE, GET, QUERIED, QUERY, SET, V4l2Controls
from focstream.types import DeviceLostError, DeviceNotFoundError
from tests.capture.lenses.emulated import BEHAVIOUR, arrived_dpt, simulated_lens

FOCUS = LinearFocus(offset_dpt=-0.25, gain=5.5)
SETUP = LensSetup(name="v4l2:test", focus=FOCUS, behaviour=BEHAVIOUR)


def iowr(size: int, number: int) -> int:
    """_IOWR('V', number, size) of the kernel's asm-generic/ioctl.h."""
    return 3 << 30 | size << 16 | ord("V") << 8 | number


def test_the_requests_carry_the_sizes_of_their_structures() -> None:
    assert iowr(CONTROL.size, 27) == GET
    assert iowr(CONTROL.size, 28) == SET
    assert iowr(QUERIED.size, 36) == QUERY


def test_autofocus_is_off_while_the_lens_is_open() -> None:
    lens = simulated_lens()
    device = V4l2Focus(EmulatedOptics(lens, focus=FOCUS))
    with v4l2_lens("test", setup=SETUP, ioctl=device.ioctl) as driver:
        assert not device.autofocus
        driver.move(3.0)
        assert arrived_dpt(lens, 3.0) == pytest.approx(3.0, abs=0.01)
    assert device.autofocus


def test_an_autofocus_that_was_off_stays_off() -> None:
    device = V4l2Focus(EmulatedOptics(simulated_lens(), focus=FOCUS))
    device.autofocus = False
    with v4l2_lens("test", setup=SETUP, ioctl=device.ioctl):
        pass
    assert not device.autofocus


def test_an_unplugged_motor_is_lost_and_closes() -> None:
    device = V4l2Focus(EmulatedOptics(simulated_lens(), focus=FOCUS))
    with v4l2_lens("test", setup=SETUP, ioctl=device.ioctl) as driver:
        device.unplug()
        with pytest.raises(DeviceLostError, match="is gone; check its cable"):
            driver.move(1.0)


def test_somebody_who_turns_the_autofocus_on_again_is_noticed() -> None:
    device = V4l2Focus(EmulatedOptics(simulated_lens(), focus=FOCUS))
    with v4l2_lens("test", setup=SETUP, ioctl=device.ioctl) as driver:
        device.autofocus = True
        with pytest.raises(DeviceLostError, match="autofocus"):
            driver.move(1.0)


def no_control(request: int, buffer: bytearray) -> None:
    """A device without any control, as most are."""
    raise OSError(errno.EINVAL, "Invalid argument")


def coarse(request: int, buffer: bytearray) -> None:
    """A focus from 10 to 252 in steps of 5, without an autofocus."""
    if struct.unpack_from("=I", buffer)[0] != FOCUS_ABSOLUTE:
        raise OSError(errno.EINVAL, "Invalid argument")
    if request == QUERY:
        buffer[:] = QUERIED.pack(FOCUS_ABSOLUTE, 1, b"Focus", 10, 252, 5, 10, 0)
    if request == SET:
        coarse.values.append(CONTROL.unpack(buffer)[1])  # type: ignore[attr-defined]


def test_a_device_without_focus_is_no_lens() -> None:
    with (
        pytest.raises(DeviceNotFoundError, match="no focus that can be set") as caught,
        v4l2_lens("test", setup=SETUP, ioctl=no_control),
    ):
        pass
    assert caught.value.exit_code == 3


def test_steps_of_the_driver_are_kept_to() -> None:
    coarse.values = []  # type: ignore[attr-defined]
    with v4l2_lens("test", setup=SETUP, ioctl=coarse) as driver:
        for focus_dpt in (-0.25, 2.5, 5.25):
            driver.move(focus_dpt)
    assert coarse.values == [10, 130, 250]  # type: ignore[attr-defined]


def test_a_control_that_is_switched_off_is_none() -> None:
    def switched_off(request: int, buffer: bytearray) -> None:
        buffer[:] = QUERIED.pack(FOCUS_ABSOLUTE, 1, b"Focus", 0, 255, 1, 0, 1)

    assert V4l2Controls(switched_off).query(FOCUS_ABSOLUTE) is None


@pytest.mark.parametrize(
    ("path", "text"),
    [("/dev/videoNOWHERE", "there is no device"), ("99", "/dev/video99"), ("/dev/null", "no focus")],
)
def test_a_path_without_a_focus_is_told(path: str, text: str) -> None:
    with pytest.raises(DeviceNotFoundError, match=text), v4l2_lens(path, setup=SETUP):
        pass


def test_a_focus_that_somebody_else_holds_is_refused_on_opening() -> None:
    def held(request: int, buffer: bytearray) -> None:
        if request == SET:
            raise OSError(errno.EBUSY, "Device or resource busy")
        if request == QUERY:
            buffer[:] = QUERIED.pack(FOCUS_ABSOLUTE, 1, b"Focus", 0, 255, 1, 0, 0)
        else:
            buffer[:] = CONTROL.pack(FOCUS_ABSOLUTE, 1)

    with (
        pytest.raises(DeviceNotFoundError, match="this focus cannot be set: v4l2:test does not let itself"),
        v4l2_lens("test", setup=SETUP, ioctl=held),
    ):
        pass
