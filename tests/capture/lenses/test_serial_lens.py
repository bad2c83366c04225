"""What every lens behind a port has from `SerialLens`, shown by the smallest controller that there can be."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from capture.lenses.serial_lens import SerialLens
from capture.lenses.setup import LensSetup, LinearFocus
from focstream.types import DeviceLostError, DeviceNotFoundError, InputError
from tests.capture.lenses.emulated import BEHAVIOUR

SETUP = LensSetup(name="bench:1", focus=LinearFocus(offset_dpt=1.0, gain=2.0), behaviour=BEHAVIOUR)


class Bench:
    """A controller that writes down what it is asked for, and fails at one of it."""

    no_answer = "no bench answers"

    def __init__(self, fails_at: str = "") -> None:
        self.asked: list[str] = []
        self._fails_at = fails_at

    @contextmanager
    def port(self) -> Iterator[None]:
        self.asked.append("port open")
        try:
            yield
        finally:
            self.asked.append("port closed")

    def greet(self) -> None:
        self._ask("greet")

    def limits(self) -> tuple[float, float]:
        self._ask("limits")
        return 0.0, 10.0

    def move(self, drive: float) -> None:
        self._ask(f"move {drive:g}")

    def temperature_c(self) -> float:
        self._ask("temperature")
        return 30.0

    def switch_off(self) -> None:
        self._ask("switch off")

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if what == self._fails_at:
            raise DeviceLostError("it fell asleep")


def lens_of(bench: Bench) -> SerialLens[Bench]:
    return SerialLens(bench.port(), bench, setup=SETUP)


def test_a_lens_is_greeted_moved_in_its_own_drive_and_switched_off() -> None:
    bench = Bench()
    with lens_of(bench) as lens:
        assert (lens.info.far_dpt, lens.info.near_dpt) == (1.0, 21.0)
        lens.move(5.0)
        with pytest.raises(InputError, match="bench:1 cannot focus at 22 dpt"):
            lens.move(22.0)
    assert bench.asked == ["port open", "greet", "limits", "move 2", "switch off", "port closed"]
    with pytest.raises(RuntimeError, match="bench:1 is not open"):
        lens.move(5.0)


def test_the_temperature_is_asked_for_once_a_second() -> None:
    bench = Bench()
    with lens_of(bench) as lens:
        lens._check._due_s = float("inf")
        assert lens.temperature_c() is None
        lens._check._due_s = 0.0
        assert lens.temperature_c() == 30.0
        lens._check._due_s = float("inf")
        assert lens.temperature_c() == 30.0
    assert bench.asked.count("temperature") == 1


@pytest.mark.parametrize(
    ("fails_at", "asked"),
    [
        ("greet", ["port open", "greet", "port closed"]),
        ("limits", ["port open", "greet", "limits", "switch off", "port closed"]),
    ],
)
def test_a_lens_that_fails_while_it_is_opened_is_undone(fails_at: str, asked: list[str]) -> None:
    bench = Bench(fails_at)
    lens = lens_of(bench)
    with pytest.raises(DeviceNotFoundError, match="no bench answers: it fell asleep"), lens:
        pass
    assert bench.asked == asked
    with pytest.raises(RuntimeError, match="not open"):
        _ = lens.info


def test_an_error_while_it_is_open_goes_through_and_the_lens_is_switched_off() -> None:
    bench = Bench()
    with pytest.raises(KeyError), lens_of(bench):
        raise KeyError
    assert bench.asked[-2:] == ["switch off", "port closed"]


def test_a_lens_that_is_lost_closes_with_a_warning_and_the_loss_goes_through(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench("switch off")
    with pytest.raises(DeviceLostError, match="gone"), lens_of(bench):
        raise DeviceLostError("gone")
    assert caplog.messages == ["bench:1 could not be switched off: it fell asleep"]
    assert bench.asked[-1] == "port closed"
