"""Every driver against its emulated controller: does the lens go where it was sent, and is it left safe?"""

import pytest

from capture.lenses.optotune.icc_pro import optotune_icc_pro
from capture.lenses.optotune.ld_link import LdStatus
from capture.lenses.setup import LensBehaviour, LensSetup, LinearFocus
from capture.simulator.serial_lenses.optics import EmulatedOptics
from capture.simulator.serial_lenses.optotune_icc import OptotuneIccFirmware
from capture.simulator.serial_lenses.pty_device import PtyDevice
from capture.sweep.plan import SweepPlan
from focstream.types import DeviceNotFoundError, InputError
from tests.capture.lenses.emulated import (
    BEHAVIOUR,
    KINDS,
    arrived_dpt,
    emulated,
    ld_rig,
    simulated_lens,
    varioptic_rig,
)


@pytest.mark.parametrize("kind", KINDS)
def test_the_lens_goes_where_it_is_sent(kind: str) -> None:
    lens = simulated_lens()
    with emulated(kind, lens) as driver:
        assert driver.info.name.startswith(kind)
        assert driver.info.far_dpt == pytest.approx(-0.25, abs=0.02)
        assert driver.info.near_dpt == pytest.approx(5.25, abs=0.02)
        for focus_dpt in (0.5, 4.5, 2.0):
            driver.move(focus_dpt)
            assert arrived_dpt(lens, focus_dpt) == pytest.approx(focus_dpt, abs=0.01)
        driver.move(driver.info.near_dpt)
        driver.move(driver.info.far_dpt)


@pytest.mark.parametrize("kind", KINDS)
def test_the_temperature_is_that_of_the_lens_where_it_is_told(kind: str) -> None:
    lens = simulated_lens()
    with emulated(kind, lens) as driver:
        for _ in range(3):
            told_c = driver.temperature_c()
    if kind in ("varioptic", "v4l2"):
        assert told_c is None
    else:
        assert told_c == pytest.approx(25.0, abs=0.5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_focus_out_of_range_is_refused_before_it_is_sent(kind: str) -> None:
    with emulated(kind, simulated_lens()) as driver:
        for focus_dpt in (-0.5, 6.0, float("nan")):
            with pytest.raises(InputError, match="cannot focus at"):
                driver.move(focus_dpt)
        driver.move(1.0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_lens_can_be_opened_again(kind: str) -> None:
    lens = simulated_lens()
    for focus_dpt in (1.0, 3.0):
        with emulated(kind, lens) as driver:
            driver.move(focus_dpt)
            arrived_dpt(lens, focus_dpt)
        with pytest.raises(RuntimeError, match="not open"):
            driver.move(1.0)


@pytest.mark.parametrize("firmware_type", ["A", "C", "F"])
def test_the_lens_driver_is_asked_how_it_counts_dioptres(firmware_type: str) -> None:
    with ld_rig(firmware_type=firmware_type) as rig, rig.driver as driver:
        driver.move(1.5)
        assert arrived_dpt(rig.lens, 1.5) == pytest.approx(1.5, abs=0.01)


def test_the_lens_driver_is_left_without_current_and_its_eeprom_untouched() -> None:
    with ld_rig() as rig:
        with rig.driver as driver:
            for step in range(200):
                driver.move(step * 0.02)
            driver.temperature_c()
            arrived_dpt(rig.lens, 199 * 0.02)
        assert arrived_dpt(rig.lens, 0.0) == pytest.approx(0.0, abs=0.01)
        assert rig.firmware.eeprom_writes == 0


def test_a_lens_driver_without_a_lens_is_no_lens() -> None:
    with (
        ld_rig(lens_attached=False) as rig,
        pytest.raises(DeviceNotFoundError, match="no lens head attached") as caught,
        rig.driver,
    ):
        pass
    assert caught.value.exit_code == 3


def test_the_status_of_the_lens_driver_is_understood() -> None:
    with ld_rig() as rig, rig.driver as driver:
        assert driver.controller.link.status() == LdStatus(0)
        driver.controller.link.set_focal_power(14.0)
        assert driver.controller.link.status() == LdStatus.CANNOT_REACH


def test_a_firmware_that_cannot_do_dioptres_says_what_to_try(monkeypatch: pytest.MonkeyPatch) -> None:
    with ld_rig() as rig:
        monkeypatch.setattr(rig.firmware, "_by_current", True)
        with pytest.raises(DeviceNotFoundError, match="--lens optotune-ld-current"), rig.driver:
            pass


def test_a_flexiboard_is_woken_up_and_put_on_standby_again() -> None:
    with varioptic_rig() as rig:
        for focus_dpt in (1.0, 2.0):
            with rig.driver as driver:
                assert not rig.firmware.standing_by
                driver.move(focus_dpt)
                assert arrived_dpt(rig.lens, focus_dpt) == pytest.approx(focus_dpt, abs=0.01)
            assert rig.firmware.standing_by
        assert rig.firmware.eeprom_writes == 0


def test_a_fault_of_the_flexiboard_is_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    with varioptic_rig() as rig, rig.driver as driver:
        rig.firmware.set_fault(5)
        driver.temperature_c()
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "varioptic:test reports: overload",
        "varioptic:test reports: too hot",
    ]


def test_an_icc_without_a_lens_is_no_lens() -> None:
    firmware = OptotuneIccFirmware(EmulatedOptics(simulated_lens(), focus=LinearFocus()), lens_attached=False)
    setup = LensSetup(name="icc", focus=LinearFocus(), behaviour=BEHAVIOUR)
    with (
        PtyDevice(firmware) as device,
        pytest.raises(DeviceNotFoundError, match="no lens head"),
        optotune_icc_pro(device.path, setup=setup),
    ):
        pass


def staircase_plan(slots: int) -> SweepPlan:
    return SweepPlan(
        far_dpt=0.5, near_dpt=4.5, slots=slots, waveform="staircase", rate_hz=20.0, overscan_dpt=0.0
    )


def test_a_staircase_of_the_controller_has_every_slot_settled_at_its_pulse() -> None:
    lens = simulated_lens(hysteresis_dpt=0.0)
    firmware = OptotuneIccFirmware(EmulatedOptics(lens, focus=LinearFocus()))
    setup = LensSetup(name="icc", focus=LinearFocus(), behaviour=LensBehaviour(settle_s=0.1))
    plan = staircase_plan(5)
    with PtyDevice(firmware) as device, optotune_icc_pro(device.path, setup=setup) as driver:
        driver.start_staircase(plan, slot_s=0.2)
        while len(firmware.generator.pulses) < 7:
            driver.temperature_c()
        driver.stop_staircase()
        pulses = list(firmware.generator.pulses)
        focus_dpt = [lens.position_dpt(pulse.time_ns) for pulse in pulses]
        driver.move(1.0)
        assert arrived_dpt(lens, 1.0) == pytest.approx(1.0, abs=0.01)
        assert len(firmware.generator.pulses) == len(pulses)
    assert [pulse.stair for pulse in pulses[:7]] == [0, 1, 2, 3, 4, 0, 1]
    # A busy machine may step late; most pulses must find the lens where the plan has it.
    errors_dpt = sorted(
        abs(dpt - plan.slot_dpt()[pulse.stair]) for dpt, pulse in zip(focus_dpt, pulses, strict=True)
    )
    assert errors_dpt[len(errors_dpt) // 2] < 0.03


@pytest.mark.parametrize(("slots", "slot_s"), [(101, 0.1), (5, 0.02), (2, 0.04)])
def test_a_staircase_that_cannot_be_is_refused(slots: int, slot_s: float) -> None:
    firmware = OptotuneIccFirmware(EmulatedOptics(simulated_lens(), focus=LinearFocus()))
    setup = LensSetup(name="icc", focus=LinearFocus(), behaviour=BEHAVIOUR)
    with (
        PtyDevice(firmware) as device,
        optotune_icc_pro(device.path, setup=setup) as driver,
        pytest.raises(InputError, match="cannot step through"),
    ):
        driver.start_staircase(staircase_plan(slots), slot_s=slot_s)
