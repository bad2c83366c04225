"""Errors are one line, whatever they quote."""

import pytest

from focstream.types import FocstreamError, InputError, MissingPackageError, NotMetricError


def test_a_missing_package_ends_a_program_as_another_bad_option_does() -> None:
    assert MissingPackageError("needs the package pyserial").exit_code == InputError("bad").exit_code == 2


@pytest.mark.parametrize("kind", [FocstreamError, InputError, NotMetricError])
def test_the_lines_of_a_quoted_error_become_one(kind: type[FocstreamError]) -> None:
    quoted = "Exception from core.cpp:135:\n  Check 'x' failed:\n\nmismatch\n"
    assert str(kind(f"a.plan: cannot be loaded ({quoted})")) == (
        "a.plan: cannot be loaded (Exception from core.cpp:135: Check 'x' failed: mismatch )"
    )
