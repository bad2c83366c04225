import os
import sys
from pathlib import Path

import pytest

from capture.lenses.config import LensConfig
from capture.lenses.open_lens import open_lens
from capture.lenses.port import SerialPort
from focstream.types import DeviceLostError, DeviceNotFoundError, MissingPackageError
from tests.capture.lenses.emulated import SERIAL_KINDS, ld_rig


@pytest.mark.parametrize("kind", SERIAL_KINDS)
def test_a_port_that_is_not_there(kind: str) -> None:
    with (
        pytest.raises(
            DeviceNotFoundError, match="there is no port /dev/ttyNOWHERE; connect the lens"
        ) as caught,
        open_lens(f"{kind}:/dev/ttyNOWHERE", LensConfig()),
    ):
        pass
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)


def test_a_port_that_is_in_use() -> None:
    with ld_rig() as rig, rig.driver:
        second = SerialPort(rig.device.path, lens="second", baud=115_200)
        with pytest.raises(DeviceNotFoundError, match="is in use; close the other program"), second:
            pass
    with ld_rig() as rig, rig.driver:
        pass  # and is free again afterwards


def test_a_port_that_may_not_be_opened(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may open everything")
    path = tmp_path / "port"
    path.touch(mode=0)
    with (
        pytest.raises(DeviceNotFoundError, match="join the group dialout"),
        SerialPort(str(path), lens="lens", baud=9600),
    ):
        pass


def test_a_file_is_no_port(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    with (
        pytest.raises(DeviceNotFoundError, match="cannot be opened"),
        SerialPort(str(path), lens="lens", baud=9600),
    ):
        pass


def test_an_unknown_url_is_no_port() -> None:
    with (
        pytest.raises(DeviceNotFoundError, match="cannot be opened"),
        SerialPort("nosuch://x", lens="lens", baud=9600),
    ):
        pass


def test_a_port_that_never_falls_silent_is_no_lens() -> None:
    with SerialPort("loop://", lens="lens", baud=9600, timeout_s=0.01) as port:
        port.write(b"x")
        assert port.drain_until_quiet() == b"x"
        assert port.read(1) == b""

        def chatter() -> bytes:
            port.write(b"y")
            return b"y"

        port.drain = chatter  # type: ignore[method-assign]
        with pytest.raises(DeviceLostError, match="keeps sending"):
            port.drain_until_quiet()


def test_without_pyserial_a_port_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "serial", None)
    wanted = (
        r'^the lens optotune-ld:/dev/ttyACM0 needs the package pyserial; pip install "focstream\[lenses\]"$'
    )
    with (
        pytest.raises(MissingPackageError, match=wanted),
        open_lens("optotune-ld:/dev/ttyACM0", LensConfig()),
    ):
        pass


def test_nothing_works_on_a_closed_port() -> None:
    with pytest.raises(RuntimeError, match="not open"):
        SerialPort("loop://", lens="lens", baud=9600).write(b"x")
