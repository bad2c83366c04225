"""Numbers of things."""

import pytest

from focstream.counted import counted


@pytest.mark.parametrize(("number", "text"), [(0, "0 sweeps"), (1, "1 sweep"), (2, "2 sweeps")])
def test_one_thing_is_no_several(number: int, text: str) -> None:
    assert counted(number, "sweep") == text
