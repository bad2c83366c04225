"""Whatever is in a file: it is read, or refused with an error of ours; never anything else."""

import contextlib
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calibration.apply.profile import parse_profile
from focstream.files.intrinsics_file import parse_intrinsics
from focstream.files.json_file import parse_json
from focstream.files.text_file import read_text
from focstream.program.toml_file import parse_table, parse_toml
from focstream.types import FocstreamError, InputError
from run_pipeline import Options

quick = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
VALUES = st.recursive(
    st.one_of(
        st.integers(),
        st.booleans(),
        st.sampled_from(["nan", "inf", "-inf", "1e400", '""', '"a\\u0000b"', "1979-05-27"]),
    ).map(str),
    lambda inner: st.lists(inner, max_size=3).map(lambda values: f"[{', '.join(values)}]"),
    max_leaves=4,
).map(lambda text: text.replace("True", "true").replace("False", "false"))
KEYS = st.sampled_from(
    [
        "replay",
        "camera",
        "sweeps",
        "rate",
        "sim.width_px",
        "sim.far_dpt",
        "sweep.slots",
        "fx_px",
        "version",
        "distortion",
        "config",
    ]
)
TOML = st.lists(st.tuples(KEYS, VALUES), max_size=4).map(
    lambda lines: "\n".join(f"{k} = {v}" for k, v in lines)
)


@quick
@given(st.one_of(st.binary(max_size=200), TOML.map(str.encode)))
def test_toml(data: bytes) -> None:
    for parse in (
        lambda: parse_table(data, name="a"),
        lambda: parse_toml(Options, data, name="a"),
        lambda: parse_intrinsics(data, name="a"),
        lambda: parse_profile(data, name="a"),
    ):
        with contextlib.suppress(FocstreamError):
            parse()


@quick
@given(st.binary(max_size=200))
def test_json_and_text(data: bytes) -> None:
    with contextlib.suppress(FocstreamError):
        parse_json(data, name="a")


@quick
@given(data=st.binary(max_size=200))
def test_text(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a").write_bytes(data)
    with contextlib.suppress(FocstreamError):
        read_text(tmp_path / "a")


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 40 + "]" * 40, ".".join("k" * 40) + " = 1", f"[{'.'.join('k' * 40)}]"]
)
def test_toml_that_is_nested_too_deeply_is_refused_before_it_is_parsed(text: str) -> None:
    tomllib.loads(text)  # harmless at this depth
    with pytest.raises(InputError, match="nested more than 32 deep"):
        parse_table(text.encode(), name="a")


def test_toml_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("focstream.program.toml_file.TOML_BYTES", 10)
    with pytest.raises(InputError, match="has 11 bytes, and TOML at most 10 bytes"):
        parse_table(b"a = 1234567", name="a")


def test_json_that_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises(InputError, match="nested too deeply"):
        parse_json(b"[" * 50_000 + b"]" * 50_000, name="a")
