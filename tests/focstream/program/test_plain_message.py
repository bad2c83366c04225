"""What tyro prints, as one line: pinned for the version that is installed."""

import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

import pytest
import tyro
from pydantic import Field, model_validator

from focstream.frozen_model import FrozenModel
from focstream.program.plain_message import plain_message
from focstream.program.settings import load_settings
from focstream.types import InputError

LONG = "/a/folder" + 9 * "/with/many/more" + "/x.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """Settings.

    Attributes
    ----------
    source
        What is read.
    out
        What is written.
    """

    source: Annotated[Path, tyro.conf.Positional]
    out: Path
    count: int = 3
    kind: Literal["png", "ply"] = "png"


class Inner(FrozenModel):
    slots: int = Field(default=3, ge=2)
    far_m: float | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.far_m == 0:
            raise ValueError("give --inner.near-m too")
        return self


class Checked(FrozenModel):
    inner: Inner = Inner()
    count_k: int = Field(default=2, ge=1)


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def message(model: type[object], *argv: str) -> str:
    with pytest.raises(InputError) as caught:
        load_settings(model, argv, prog="python -m x y")
    return str(caught.value)


@pytest.fixture(params=["pipe", "terminal"], autouse=True)
def screen(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Narrow; on a terminal tyro has colours, and on a pipe without UTF-8 no box."""
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stdout", Terminal() if request.param == "terminal" else io.StringIO())


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        ([], "missing PATH (What is read), --out PATH; see --help"),
        (["a"], "missing --out PATH; see --help"),
        (["a", "--out", "b", "--bogus", "3"], "Unrecognized options: --bogus, 3; see --help"),
        (
            ["a", "--out", "b", "--cuont", "3"],
            "Unrecognized options: --cuont, 3; did you mean --count? see --help",
        ),
        (
            ["a", "--out", "b", "--count", LONG],
            f"Error parsing --count: invalid literal for int() with base 10: '{LONG}'; see --help",
        ),
        (
            ["a", "--out", "b", "--kind", "x"],
            "invalid choice 'x' for argument '--kind'. Expected one of ('png', 'ply'); see --help",
        ),
        (["a", "--out"], "Missing value for argument '--out'; see --help"),
    ],
)
def test_what_tyro_finds(argv: list[str], expected: str) -> None:
    assert message(Plain, *argv) == expected


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["--count-k", "0"], "--count-k: Input should be greater than or equal to 1; see --help"),
        (["--inner.slots", "0"], "--inner.slots: Input should be greater than or equal to 2; see --help"),
        (["--inner.far-m", "0"], "--inner: give --inner.near-m too; see --help"),
    ],
)
def test_what_the_model_refuses(argv: list[str], expected: str) -> None:
    assert message(Checked, *argv) == expected


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["--slots", "3"], "Unrecognized options: --slots, 3; did you mean --inner.slots? see --help"),
        (["--far", "3"], "Unrecognized options: --far, 3; did you mean --inner.far-m? see --help"),
        (
            ["--count", "3", "--inner.slot", "3"],
            "Unrecognized options: --count, 3, --inner.slot, 3; "
            "did you mean --inner.slots, --count-k? see --help",
        ),
    ],
)
def test_only_the_names_of_near_options_are_offered(argv: list[str], expected: str) -> None:
    assert message(Checked, *argv) == expected


def test_what_shares_only_some_letters_is_not_offered() -> None:
    boxed = "│ Unrecognized options: --out, b\n│ ────\n│ Perhaps you meant:\n│     --genicam.readout-us INT\n"
    assert plain_message(boxed, root="X") == "Unrecognized options: --out, b; see --help"


def test_at_most_three_options_are_offered() -> None:
    options = "".join(f"│     --{part}.rate\n│         --deep help of it\n" for part in "abcd")
    boxed = f"│ Unrecognized options: --rate\n│ ────\n│ Perhaps you meant:\n{options}"
    expected = "Unrecognized options: --rate; did you mean --a.rate, --b.rate, --c.rate? see --help"
    assert plain_message(boxed, root="X") == expected


def test_the_width_of_the_screen_is_as_before() -> None:
    message(Plain)
    assert os.environ["COLUMNS"] == "40"


def test_a_box_that_nobody_knows_is_a_line_all_the_same() -> None:
    assert plain_message("", root="X") == "the options cannot be understood; see --help"
    assert plain_message("something\nnew", root="X") == "something new; see --help"
