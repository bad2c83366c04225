import threading

import pytest

from focstream.control.control import Change, ControlState
from focstream.control.desk import ControlDesk
from focstream.control.pause import Pause
from focstream.types import InputError


class Name:
    """A control that takes any text but an empty one."""

    def __init__(self) -> None:
        self.state = ControlState(value="")

    def change(self, value: str) -> None:
        if not value:
            raise InputError("name: give one")
        self.state = ControlState(value=value)


def a_desk() -> ControlDesk:
    desk = ControlDesk()
    desk.offer("pause", Pause())
    desk.offer("name", Name())
    return desk


def test_changes_are_heard_of_in_order_and_logged(caplog) -> None:
    desk = a_desk()
    heard: list[Change] = []
    desk.add_listener(heard.append)
    with caplog.at_level("INFO"):
        desk.change("pause", "on", by="a test")
        desk.change("name", "lid", by="a test")
    assert [(each.control, each.before, each.after) for each in heard] == [
        ("pause", "off", "on"),
        ("name", "", "lid"),
    ]
    assert desk.changes == tuple(heard)
    assert heard[0].stamp_ns <= heard[1].stamp_ns
    assert "name changed by a test: – → lid" in caplog.text


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [("pause", "maybe", "takes on, off"), ("other", "on", "there is pause, name"), ("name", "", "give one")],
)
def test_what_is_refused_changes_nothing_and_is_not_heard_of(name: str, value: str, says: str) -> None:
    desk = a_desk()
    desk.add_listener(lambda change: pytest.fail("heard of a change that was refused"))
    before = [desk.state(each) for each in desk.names]
    with pytest.raises(InputError, match=says):
        desk.change(name, value, by="a test")
    assert [desk.state(each) for each in desk.names] == before
    assert desk.changes == ()


class Slow:
    """A control that takes until it is let go."""

    def __init__(self) -> None:
        self.state = ControlState(value="")
        self.begun, self.go = threading.Event(), threading.Event()

    def change(self, value: str) -> None:
        self.begun.set()
        assert self.go.wait(60)
        self.state = ControlState(value=value)


def test_a_slow_change_keeps_no_other_control_waiting() -> None:
    desk, slow = a_desk(), Slow()
    desk.offer("save", slow, stays=False)
    saving = threading.Thread(target=desk.change, args=("save", "it"), kwargs={"by": "a test"})
    saving.start()
    assert slow.begun.wait(60)
    desk.change("pause", "on", by="a test")  # would wait for ever
    slow.go.set()
    saving.join(60)
    assert [each.control for each in desk.changes] == ["pause", "save"]


def test_what_is_in_force_leaves_out_what_is_done_once() -> None:
    desk = a_desk()
    desk.offer("save", Slow(), stays=False)
    desk.change("name", "lid", by="a test")
    assert desk.in_force.settings == (("pause", "off"), ("name", "lid"))


def test_a_number_is_logged_with_its_unit(caplog) -> None:
    desk, number = a_desk(), Name()
    number.state = ControlState(value="4", unit="ms")
    desk.offer("exposure", number)
    with caplog.at_level("INFO"):
        desk.change("exposure", "5", by="a test")
    assert "exposure changed by a test: 4 ms → 5" in caplog.text
