"""What was set, as flags; and what a command says of them, said of a program's keywords."""

import pytest
from pydantic import BaseModel

from focstream.program.flags import all_but, flags_set, in_keywords, say_unused
from run_pipeline import Options


def test_flags_are_those_of_the_command_line() -> None:
    options = Options.model_validate(
        {"record": {"file": "a.mcap", "note": "mine"}, "sweep": {"slots": 8}, "cluster": {"address": "auto"}}
    )
    assert set(flags_set(options)) == {"--record", "--record.note", "--sweep.slots", "--cluster"}
    assert flags_set(options, ("sweep", "sim")) == ["--sweep.slots"]
    assert flags_set(options.sweep, all_but(options.sweep, "slots"), within="sweep") == []


def test_nothing_is_said_of_nothing(caplog) -> None:
    say_unused([])
    assert not caplog.messages
    say_unused(["--a", "--b"])
    say_unused(["--sweep.slots"], keywords_of=Options)
    assert caplog.messages == ["without effect here: --a, --b", "without effect here: sweep.slots"]


class Small(BaseModel):
    camera: str = ""
    from_sweep: int = 0
    sim: dict[str, int] = {}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("--camera and --from-sweep exclude each other", "camera and from_sweep exclude each other"),
        ("--sim.width-px: too small; see --help", "sim.width_px: too small"),
        ("give --camera (see --help)", "give camera"),
        ("make them with focstream --export-all", "make them with focstream --export-all"),
        ("a file called a--camera stays", "a file called a--camera stays"),
    ],
)
def test_options_are_named_as_keywords(message: str, expected: str) -> None:
    assert in_keywords(message, Small) == expected
