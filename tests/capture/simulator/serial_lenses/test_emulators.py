"""The emulated controllers by themselves, and as another driver meets them."""

import random
import struct
import time
import warnings

import pytest

from capture.lenses.optotune.ld_frames import frame
from capture.lenses.optotune.pro_frames import ProMessage, decode, encode, set_float, set_int
from capture.lenses.optotune.pro_link import GENERATOR_HZ, GENERATOR_RUN, STATIC_FOCAL_POWER
from capture.lenses.setup import LinearFocus
from capture.simulator.lens.lens import SimulatedLens
from capture.simulator.lens.warm_up import WarmUp
from capture.simulator.serial_lenses.faults import Faults
from capture.simulator.serial_lenses.firmware import Firmware
from capture.simulator.serial_lenses.optics import EmulatedOptics
from capture.simulator.serial_lenses.optotune_icc import OptotuneIccFirmware
from capture.simulator.serial_lenses.optotune_ld import OptotuneLdFirmware
from capture.simulator.serial_lenses.pty_device import PtyDevice
from capture.simulator.serial_lenses.staircase_generator import StaircaseGenerator, Stairs
from capture.simulator.serial_lenses.varioptic import VariopticFirmware
from tests.capture.simulator.fake_time import FakeTime


def optics(*, warm_up: WarmUp | None = None, focus: LinearFocus | None = None) -> EmulatedOptics:
    lens = SimulatedLens(far_dpt=-0.25, near_dpt=5.25, warm_up=warm_up)
    return EmulatedOptics(lens, focus=focus or LinearFocus())


def milliamperes() -> EmulatedOptics:
    return optics(focus=LinearFocus(offset_dpt=2.5, gain=2.75 / 292.84))


def asked(firmware: Firmware, *commands: bytes) -> list[str]:
    return [reply.hex(" ").upper() for command in commands for reply in firmware.feed(command)]


def test_the_lens_driver_answers_with_the_makers_bytes() -> None:
    firmware = OptotuneLdFirmware(milliamperes(), by_current=True)
    assert asked(firmware, b"Start") == [b"Ready\r\n".hex(" ").upper()]
    assert asked(firmware, frame(b"Aw\x05\x76"), frame(b"Ar\0\0")) == ["41 05 76 D2 A2 0D 0A"]
    assert asked(firmware, frame(b"Aw\x05\x7a"), frame(b"Ar\0\0")) == ["41 05 7A D2 A7 0D 0A"]
    assert asked(firmware, frame(b"MwDA")) == ["4D 44 41 63 27 0D 0A"]
    assert asked(firmware, frame(b"H")) == ["48 41 F6 30 0D 0A"]
    assert asked(firmware, frame(b"CrMA\0\0")) == ["43 4D 41 72 64 27 FC 0D 0A"]
    assert asked(firmware, frame(b"H")[:-1] + b"\0") == ["45 01 F3 50 0D 0A"]


def test_the_lens_driver_answers_in_focal_power_mode() -> None:
    warm = WarmUp(start_c=25.5, rise_k=0.0)
    firmware = OptotuneLdFirmware(optics(warm_up=warm), firmware_type="F")
    assert asked(firmware, frame(b"H")) == ["48 46 B7 F2 0D 0A"]
    assert asked(firmware, frame(b"TCA")) == ["54 43 41 01 98 74 66 0D 0A"]
    assert firmware.feed(frame(b"MwCA"))[0][3] == 0x04  # no temperature limits yet
    firmware.feed(frame(b"PwTA" + struct.pack(">hh", 720, 320)))
    status, highest, lowest = struct.unpack(">Bhh", firmware.feed(frame(b"MwCA"))[0][3:8])
    assert (status, highest, lowest) == (0, 1050, -50)
    assert asked(firmware, frame(b"MMA")) == ["4D 4D 41 05 77 28 0D 0A"]


def test_commands_may_come_in_pieces_or_together() -> None:
    firmware = OptotuneLdFirmware(optics())
    together = frame(b"H") + frame(b"MMA")
    whole = firmware.feed(together)
    assert len(whole) == 2
    pieces = [reply for at in range(len(together)) for reply in firmware.feed(together[at : at + 1])]
    assert pieces == whole


def test_every_write_to_an_eeprom_is_counted() -> None:
    driver = OptotuneLdFirmware(milliamperes(), by_current=True)
    for command in (b"CwMA\x72\x64", b"CwUA\x0f\xff", b"CwLA\xf0\x01", b"Zw\0\0"):
        driver.feed(frame(command))
    assert driver.eeprom_writes == 4
    board = VariopticFirmware(optics())
    board.feed(bytes.fromhex("02 37 02 01 01 3D"))
    assert board.eeprom_writes == 1


def test_a_current_is_clamped_to_the_limits() -> None:
    firmware = OptotuneLdFirmware(milliamperes(), by_current=True)
    firmware.feed(frame(b"CwUA\x03\xe8"))
    firmware.feed(frame(b"Aw\x7f\xff"))
    assert firmware.feed(frame(b"Ar\0\0"))[0][1:3] == b"\x03\xe8"


def test_the_flexiboard_answers_with_the_makers_bytes() -> None:
    board = VariopticFirmware(optics(focus=LinearFocus(offset_dpt=-3, gain=0.12)))
    assert asked(board, bytes.fromhex("02 37 00 02 90 65 30")) == ["02 37 06 3F"]
    assert asked(board, bytes.fromhex("02 38 00 02 3C")) == ["02 38 90 65 2F"]
    assert asked(board, bytes.fromhex("02 37 00 02 90 65 31")) == ["02 37 15 4E"]


def test_only_the_high_byte_moves_the_lens_and_ends_the_analog_input() -> None:
    lens = SimulatedLens(far_dpt=-0.25, near_dpt=5.25)
    board = VariopticFirmware(EmulatedOptics(lens, focus=LinearFocus(offset_dpt=-3, gain=0.12)))
    board.feed(bytes.fromhex("02 37 00 01 90 CA"))
    assert board.feed(bytes.fromhex("02 38 03 01 3E")) == [bytes.fromhex("02 38 02 3C")]
    board.feed(bytes.fromhex("02 37 01 01 65 A0"))
    assert board.feed(bytes.fromhex("02 38 03 01 3E")) == [bytes.fromhex("02 38 00 3A")]


def test_the_icc_answers_in_both_modes_and_refuses_its_own_limits() -> None:
    firmware = OptotuneIccFirmware(optics())
    said = firmware.feed(
        b"start\r\nGETFPMIN\r\nSETFP=-0.25\r\nSETFP=9\r\nSETFP=1.5\r\nGETFP\r\nNONSENSE\r\nSETFP=x\r\n"
    )
    assert said == [
        f"{word}\r\n".encode() for word in ("OK", "-0.250", "OL", "OU", "OK", "1.500", "NO", "NO")
    ]
    assert firmware.feed(b"GoPro\r\n") == [b"OK\r\n"]
    assert firmware.feed(set_float(STATIC_FOCAL_POWER, 1.0)) == [
        encode(ProMessage(command=0x10, payload=b""))
    ]
    (error,) = firmware.feed(set_float(STATIC_FOCAL_POWER, 9.0))
    assert decode(error[1:-1]).command == 0x90


def test_a_generator_without_its_settings_does_not_run() -> None:
    firmware = OptotuneIccFirmware(optics())
    firmware.feed(b"GoPro\r\n" + set_float(GENERATOR_HZ, 5.0) + set_int(GENERATOR_RUN, 1))
    assert firmware.tick() is None


def test_pulses_come_a_settling_delay_after_their_steps() -> None:
    fake = FakeTime()
    lens = SimulatedLens(far_dpt=-0.25, near_dpt=5.25, clock=fake.clock)
    generator = StaircaseGenerator(EmulatedOptics(lens, focus=LinearFocus()), clock=fake.clock)
    assert generator.tick() is None
    start_ns = fake.clock()
    generator.run(Stairs(count=3, rate_hz=2.0, amplitude_dpt=1.0, offset_dpt=2.0, settling_s=0.05))
    while len(generator.pulses) < 4:
        wait_s = generator.tick()
        assert wait_s is not None
        fake.sleep(wait_s)
    assert [pulse.stair for pulse in generator.pulses] == [0, 1, 2, 0]
    since_s = [(pulse.time_ns - start_ns) * 1e-9 for pulse in generator.pulses]
    assert since_s == pytest.approx([0.05, 0.05 + 1 / 6, 0.05 + 2 / 6, 0.55], abs=1e-6)
    focus_dpt = [lens.position_dpt(pulse.time_ns) for pulse in generator.pulses]
    assert focus_dpt == pytest.approx([1.0, 2.0, 3.0, 1.0], abs=0.02)
    generator.run(None)
    assert generator.tick() is None


@pytest.mark.parametrize(
    ("firmware", "letters"),
    [
        (OptotuneLdFirmware(optics()), b"StarAwPMDCTHE\0"),
        (OptotuneIccFirmware(optics()), b"GOPRSETFP=1.\r\n"),
        (VariopticFirmware(optics()), b"\x02\x37\x38\0\1\2"),
    ],
)
def test_ten_thousand_random_streams_harm_no_controller(firmware: Firmware, letters: bytes) -> None:
    source = random.Random(6)
    for number in range(10_000):
        alphabet = letters if number % 2 else bytes(range(256))
        firmware.feed(bytes(source.choice(alphabet) for _ in range(source.randrange(40))))


def test_ten_thousand_random_streams_harm_no_pro_mode() -> None:
    firmware, source = OptotuneIccFirmware(optics()), random.Random(7)
    for _ in range(10_000):
        firmware.feed(b"GoPro\r\n")
        command = source.choice((0x06, 0x10, 0x11, 0x12, 0x90))
        payload = bytes(
            source.choice((0x50, 0x60, 4, 0, 0x7E, 0x7D, 0x3F)) for _ in range(source.randrange(8))
        )
        firmware.feed(encode(ProMessage(command=command, payload=payload)))
        firmware.feed(bytes(source.choice(b"\x7e\x7d\0\x11") for _ in range(source.randrange(9))))
        firmware.feed(b"\x7e")


def test_faults_spoil_what_they_should() -> None:
    faults = Faults()
    assert faults.spoil(b"abc", error=b"E") == b"abc"
    faults.corrupt_replies()
    assert faults.spoil(b"abc", error=b"E") == b"a" + bytes((ord("b") ^ 0x15,)) + b"c"
    faults.late_errors()
    assert faults.spoil(b"abc", error=b"E") == b"Eabc"
    faults.fall_silent()
    assert faults.spoil(b"abc", error=b"E") == b""
    faults.fall_silent(False)
    assert faults.spoil(b"abc", error=b"E") == b"abc"


def test_another_driver_understands_the_emulated_lens_driver() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        opto = pytest.importorskip("opto", reason="needs opto: pip install opto")
    lens = SimulatedLens(far_dpt=-0.25, near_dpt=5.25, warm_up=WarmUp())
    emulated = EmulatedOptics(lens, focus=LinearFocus(offset_dpt=2.5, gain=2.75 / 292.84))
    with PtyDevice(OptotuneLdFirmware(emulated, by_current=True)) as device:
        other = opto.Opto(port=device.path)
        other.connect()
        assert other.firmwaretype() == ord("A")
        other.current_max()
        assert other._current_max == 292.84
        other.current(100.0)
        assert other.current() == pytest.approx(100.0, abs=0.04)
        assert other.temp_reading() == pytest.approx(25.0, abs=0.5)
        other.close(soft_close=False)


def test_no_descriptor_is_left_over() -> None:
    from pathlib import Path

    def opened() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    if not Path("/proc/self/fd").exists():
        pytest.skip("descriptors can be counted on Linux only")
    before = opened()
    for _ in range(30):
        with PtyDevice(OptotuneLdFirmware(optics())) as device:
            device.unplug()
        with PtyDevice(OptotuneLdFirmware(optics())):
            time.sleep(0)
    assert opened() == before
