import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.apply.profile import Device, parse_profile, read_profile
from calibration.measure.profile_file import profile_text, write_profile
from focstream.types import InputError
from tests.calibration.profiles import DEVICE, focus_part, full_profile, profile

pytest.importorskip("tomli_w", reason='needs tomli-w: pip install "focstream[calibration]"')


def test_a_written_profile_reads_back_the_same(tmp_path):
    path = tmp_path / "deep" / "p.toml"
    write_profile(full_profile(), path)
    assert read_profile(path) == full_profile()
    assert [p.name for p in path.parent.iterdir()] == ["p.toml"]
    assert "[focus]" in path.read_text()


def test_the_identity_changes_with_any_number():
    assert full_profile().calibration_id == full_profile().calibration_id
    changed = full_profile().model_copy(update={"focus": focus_part(gain=0.91)})
    assert changed.calibration_id != full_profile().calibration_id


def test_the_level_is_that_of_the_focus_map():
    assert profile().level == "uncalibrated"
    assert profile(focus=focus_part(level="approximate")).level == "approximate"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (profile_text(full_profile()).replace("version = 1", "version = 9"), "version 9"),
        ("version = 1\nnonsense", "not valid TOML"),
        (profile_text(full_profile()).replace("gain = 0.9", "gain = -0.9"), "must rise"),
        (profile_text(full_profile()) + "\n[colour]\na = 1\n", "unknown key"),
        (profile_text(full_profile()).replace("gain = 0.9", "gain = nan"), "focus.gain"),
    ],
    ids=["newer", "not TOML", "falling", "unknown", "nan"],
)
def test_a_bad_profile_is_one_clear_line(text, said):
    with pytest.raises(InputError, match=said) as caught:
        parse_profile(text.encode(), name="p.toml")
    assert "p.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("change", [{"camera": "uvc:0"}, {"lens": "other"}, {"width_px": 65}])
def test_another_device_is_refused(change):
    with pytest.raises(InputError, match="is for camera sim"):
        full_profile().require(Device(**(DEVICE.model_dump() | change)))
    full_profile().require(DEVICE)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nix\.toml"):
        read_profile(tmp_path / "nix.toml")


@given(st.floats(0, 5), st.floats(20, 40), st.floats(-0.02, 0.02))
def test_the_map_and_its_inverse_agree(command, temperature_c, curve):
    part = focus_part(curve=curve)
    dpt = part.to_dpt(command, temperature_c=temperature_c)
    assert part.to_command(dpt, temperature_c=temperature_c) == pytest.approx(command, abs=1e-9)


def test_the_map_drifts_with_temperature_and_knows_its_uncertainty():
    part = focus_part()
    assert part.to_dpt(2.0, temperature_c=40.0) - part.to_dpt(2.0) == pytest.approx(0.5)
    assert part.sigma_dpt(2.0) == pytest.approx(0.01)
