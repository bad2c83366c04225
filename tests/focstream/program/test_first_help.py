import re
from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field

import run_pipeline
from focstream.frozen_model import FrozenModel
from focstream.program.first_help import FirstHelp
from focstream.program.run_help import RUN_HELP
from focstream.program.settings import load_settings


class Sweep(FrozenModel):
    """The sweep."""

    slots: int = Field(default=8, ge=2)
    """Slices in a sweep, at 100 % of its range."""
    kind: Literal["up", "down"] | None = None
    """Which way."""


class Options(FrozenModel):
    """What this does.

    Exit codes: 0 done.
    """

    file: Path | None = None
    """Where to."""
    quick: bool = False
    """Hurry, without looking at the neighbour-to-neighbour differences that a careful run would look at."""
    rare: float = 0.5
    """For trials."""
    sweep: Sweep = Sweep()


HELP = FirstHelp(
    groups={"sweep": ("sweep.slots", "sweep.kind"), "other": ("file OUT", "quick")},
    examples={"--file a": "writes a"},
)


def shown(capsys: pytest.CaptureFixture[str], *argv: str, prog: str = "tool") -> str:
    with pytest.raises(SystemExit) as caught:
        load_settings(Options, argv, prog=prog, first_help=HELP)
    assert caught.value.code == 0
    return capsys.readouterr().out


def test_it_opens_with_an_example_and_shows_groups_of_what_is_used_first(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = shown(capsys, "--sweep.slots", "3", "--help")
    lines = text.splitlines()
    assert lines[0] == "usage: tool [OPTIONS]"
    assert lines.index("  tool --file a") < lines.index("sweep:") < lines.index("other:")
    assert "Slices in a sweep, at 100 % of its range. (default: 8)" in " ".join(text.split())
    assert "--sweep.kind {up,down}" in text
    assert "--file OUT" in text
    assert "neighbour-to-neighbour" in text
    assert "--rare" not in text
    assert "--help-all" in lines[-1]
    assert max(map(len, lines)) <= 80


def test_all_options_are_shown_when_all_are_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--rare" in shown(capsys, "--help-all")
    assert "--rare" in shown(capsys, "--help", "--help-all")


def test_a_file_of_the_checkout_is_called_by_python(capsys: pytest.CaptureFixture[str]) -> None:
    assert "  python tool.py --file a\n" in shown(capsys, "-h", prog="tool.py")


def test_the_help_of_run_names_options_and_placeholders_that_exist(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert run_pipeline.main(["--help"]) == 0
    first = capsys.readouterr().out
    assert run_pipeline.main(["--help-all"]) == 0
    every = set(re.findall(r"--[a-z][\w.-]*", capsys.readouterr().out))
    named = set(re.findall(r"(?m)^  (--[a-z][\w.-]*)", first))
    assert len(named) == sum(map(len, RUN_HELP.groups.values()))
    assert named <= every
    assert first.count("python run_pipeline.py --") == len(RUN_HELP.examples) == 3


@pytest.mark.parametrize("words", RUN_HELP.examples)
def test_the_examples_of_run_are_understood(words: str) -> None:
    load_settings(run_pipeline.Options, words.split(), prog="run")


def test_defaults_are_those_of_the_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text("[sweep]\nslots = 17\n")
    with pytest.raises(SystemExit):
        load_settings(
            run_pipeline.Options, ["--config", str(file), "--help"], prog="tool", first_help=RUN_HELP
        )
    assert "an active sweep the most. (default: 17)" in " ".join(capsys.readouterr().out.split())
