"""Errors are one line, whatever they quote."""

import pytest

from focstream.types import FocstreamError, InputError, NotMetricError


@pytest.mark.parametrize("kind", [FocstreamError, InputError, NotMetricError])
def test_the_lines_of_a_quoted_error_become_one(kind: type[FocstreamError]) -> None:
    quoted = "Exception from core.cpp:135:\n  Check 'x' failed:\n\nmismatch\n"
    assert str(kind(f"a.plan: cannot be loaded ({quoted})")) == (
        "a.plan: cannot be loaded (Exception from core.cpp:135: Check 'x' failed: mismatch )"
    )
