"""What a command says of its flags, said of a program's keywords."""

import pytest
from pydantic import BaseModel

from focstream.program.keywords import in_keywords


class Options(BaseModel):
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
    assert in_keywords(message, Options) == expected
