"""What was set, as flags."""

from focstream.program.flags_set import all_but, flags_set, say_unused
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
    assert caplog.messages == ["without effect here: --a, --b"]
