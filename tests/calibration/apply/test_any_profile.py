"""Profiles with anything in them: used, or refused with an error of ours."""

import contextlib
import copy
import tomllib

import pytest
import tomli_w
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calibration.apply.profile import CalibrationProfile, parse_profile
from calibration.apply.rectifier import Rectifier
from calibration.measure.profile_file import profile_text
from focstream.types import FocstreamError
from tests.calibration.profiles import full_profile

quick = settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
VALUES = st.one_of(
    st.integers(-(2**62), 2**62), st.floats(), st.booleans(), st.just("a"), st.just([]), st.just([[1.0]])
)


def leaves(table: dict, within: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for name, value in table.items():
        found += leaves(value, (*within, name)) if isinstance(value, dict) else [(*within, name)]
    return found


TABLE = tomllib.loads(profile_text(full_profile()))
PLACES = leaves(TABLE)


@quick
@given(place=st.sampled_from(PLACES), value=VALUES)
def test_a_profile_with_one_other_value(place: tuple[str, ...], value: object) -> None:
    table = copy.deepcopy(TABLE)
    part = table
    for name in place[:-1]:
        part = part[name]
    part[place[-1]] = value
    with contextlib.suppress(FocstreamError):
        profile = parse_profile(tomli_w.dumps(table).encode(), name="a")
        assert isinstance(profile, CalibrationProfile)
        Rectifier(profile)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_no_number_of_a_profile_may_be_none(value: float) -> None:
    for place in PLACES:
        table = copy.deepcopy(TABLE)
        part = table
        for name in place[:-1]:
            part = part[name]
        if isinstance(part[place[-1]], float):
            part[place[-1]] = value
            with pytest.raises(FocstreamError, match="finite"):
                parse_profile(tomli_w.dumps(table).encode(), name="a")


def test_the_profile_as_it_is_can_be_used() -> None:
    assert parse_profile(profile_text(full_profile()).encode(), name="a") == full_profile()
