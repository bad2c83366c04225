"""Every fault of every emulated lens: the documented error, and a lens that recovered or closed safely."""

import logging
import threading
import time

import pytest

from capture.lens import Lens
from capture.lenses.optotune.ld import OptotuneLd
from capture.lenses.serial_lens import SerialLens
from capture.simulator.serial_lenses.emulated_lens import EmulatedLens
from capture.simulator.serial_lenses.faults import Faults
from focstream.types import DeviceLostError, DeviceNotFoundError
from tests.capture.lenses.emulated import (
    KINDS,
    SERIAL_KINDS,
    arrived_dpt,
    emulated,
    ld_rig,
    simulated_lens,
    varioptic_rig,
)


def check(driver: Lens) -> None:
    """Ask for the temperature as if a second had passed."""
    lens = driver._lens if isinstance(driver, EmulatedLens) else driver
    lens._check._due_s = 0.0
    lens.temperature_c()


def trade(kind: str, driver: Lens) -> None:
    """Ask something whose answer shows damage: in pro mode values have no checksum, acknowledgements do."""
    if kind == "optotune-icc-pro":
        driver.move(1.0)
    else:
        check(driver)


def move_for_ever(driver: Lens) -> None:
    """Move until it fails; a command that is not answered fails late."""
    while True:
        driver.move(2.0)


@pytest.mark.parametrize("kind", SERIAL_KINDS)
def test_a_damaged_answer_is_asked_for_again(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    lens, faults = simulated_lens(), Faults()
    caplog.set_level(logging.INFO)
    with emulated(kind, lens, faults) as driver:
        for count in (1, 2):
            faults.corrupt_replies(count)
            trade(kind, driver)
        driver.move(2.0)
        assert arrived_dpt(lens, 2.0) == pytest.approx(2.0, abs=0.01)
    assert sum("asking again" in record.getMessage() for record in caplog.records) == 3


@pytest.mark.parametrize("kind", SERIAL_KINDS)
def test_answers_that_stay_damaged_end_the_lens(kind: str) -> None:
    faults = Faults()
    with emulated(kind, simulated_lens(), faults) as driver:
        faults.corrupt_replies(1000)
        with pytest.raises(DeviceLostError, match="3 times in a row") as caught:
            trade(kind, driver)
    assert caught.value.exit_code == 4
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", SERIAL_KINDS)
def test_a_silent_lens_is_lost(kind: str) -> None:
    faults = Faults()
    with emulated(kind, simulated_lens(), faults) as driver:
        faults.fall_silent()
        with pytest.raises(DeviceLostError, match="no answer in time, 3 times in a row"):
            check(driver)


@pytest.mark.parametrize("kind", SERIAL_KINDS)
def test_a_lens_that_speaks_again_in_time_is_kept(kind: str) -> None:
    lens, faults = simulated_lens(), Faults()
    with emulated(kind, lens, faults) as driver:
        faults.fall_silent()
        again = threading.Timer(0.1, faults.fall_silent, args=(False,))
        again.start()
        check(driver)
        again.join()
        driver.move(3.0)
        assert arrived_dpt(lens, 3.0) == pytest.approx(3.0, abs=0.01)


@pytest.mark.parametrize("kind", SERIAL_KINDS)
def test_a_lens_that_never_speaks_is_not_found(kind: str) -> None:
    faults = Faults()
    faults.fall_silent()
    with (
        pytest.raises(DeviceNotFoundError, match="answers") as caught,
        emulated(kind, simulated_lens(), faults),
    ):
        pass
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("kind", SERIAL_KINDS)
def test_an_unplugged_lens_is_lost_at_once(kind: str) -> None:
    driver = emulated(kind, simulated_lens())
    assert isinstance(driver, EmulatedLens)
    with driver:
        driver.move(1.0)
        driver.device.unplug()
        with pytest.raises(DeviceLostError, match="is gone; check its cable") as caught:
            driver.move(2.0)
        with pytest.raises(DeviceLostError, match="is gone; check its cable"):
            check(driver)
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_can_begin_later(kind: str) -> None:
    now_s = 0.0
    faults = Faults("unplug", after_s=5.0, clock=lambda: now_s)
    with emulated(kind, simulated_lens(), faults) as driver:
        driver.move(1.0)
        now_s = 6.0
        with pytest.raises(DeviceLostError):
            move_for_ever(driver)


@pytest.mark.parametrize("kind", SERIAL_KINDS)
def test_a_late_error_ends_no_lens(kind: str) -> None:
    lens, faults = simulated_lens(), Faults()
    with emulated(kind, lens, faults) as driver:
        faults.late_errors()
        check(driver)
        driver.move(2.0)
        assert arrived_dpt(lens, 2.0) == pytest.approx(2.0, abs=0.01)


def test_a_command_that_came_damaged_is_counted_and_the_lens_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with ld_rig() as rig, rig.driver as driver:
        rig.device.faults.late_errors(2)
        check(driver)
        assert driver.controller.link.lost_commands == 2
        driver.move(2.0)
        assert arrived_dpt(rig.lens, 2.0) == pytest.approx(2.0, abs=0.01)
    assert "lost a command: it received a damaged command (2 so far)" in caplog.text


def wait_for_bytes(driver: SerialLens[OptotuneLd], count: int) -> None:
    while driver.controller.link.exchange.port._serial.in_waiting < count:
        time.sleep(0.001)


def test_a_really_damaged_command_is_noticed_with_the_next_question() -> None:
    with ld_rig() as rig, rig.driver as driver:
        driver.controller.link.exchange.tell(bytes.fromhex("50 77 44 41 06 40 00 00 30 2D"))
        wait_for_bytes(driver, 6)
        check(driver)
        assert driver.controller.link.lost_commands == 1


def test_a_command_that_was_not_understood_ends_the_lens() -> None:
    with ld_rig() as rig, rig.driver as driver:
        driver.controller.link.exchange.tell(b"?!")
        wait_for_bytes(driver, 6)
        with pytest.raises(DeviceLostError, match="refused an earlier command: it does not know"):
            check(driver)


def test_the_lens_head_may_be_taken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    with ld_rig() as rig, rig.driver as driver:
        monkeypatch.setattr(rig.firmware, "_attached", False)
        with pytest.raises(DeviceLostError, match="lens head was taken off"):
            check(driver)


def test_a_refused_command_is_sent_again_to_the_flexiboard() -> None:
    with varioptic_rig() as rig, rig.driver as driver:
        driver.controller.exchange.port.write(b"\x02\x37\0\2\0\0\xff")  # a wrong sum
        driver.move(2.0)
        assert arrived_dpt(rig.lens, 2.0) == pytest.approx(2.0, abs=0.01)


def test_a_lens_that_cannot_be_switched_off_closes_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with ld_rig() as rig, rig.driver:
        rig.device.unplug()
    assert "could not be switched off" in caplog.text
