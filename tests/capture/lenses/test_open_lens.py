import pytest
from pydantic import ValidationError

from capture.lenses.config import LensConfig
from capture.lenses.kinds import CP2102, FTDI, ICC_CDC, LENS_DRIVER_4, LENS_KINDS
from capture.lenses.listing import LensListing, describe_lenses, kinds_with, list_lenses
from capture.lenses.open_lens import lens_kind, lens_setup, open_lens
from focstream.types import DeviceNotFoundError, InputError
from tests.capture.lenses.emulated import KINDS


def test_a_selector_is_taken_apart() -> None:
    name, kind, path = lens_kind("optotune-icc:socket://192.168.0.5:5000")
    assert (name, path) == ("optotune-icc", "socket://192.168.0.5:5000")
    assert kind is LENS_KINDS["optotune-icc"]


@pytest.mark.parametrize("selector", ["optotune", "", ":/dev/ttyACM0", "OPTOTUNE-LD:/dev/ttyACM0"])
def test_an_unknown_kind_is_refused_with_those_that_there_are(selector: str) -> None:
    with pytest.raises(InputError, match="no such lens; give sim, or KIND:PATH with a kind of optotune-ld"):
        open_lens(selector, LensConfig())


@pytest.mark.parametrize("kind", KINDS)
def test_a_lens_that_is_not_there_is_not_found(kind: str) -> None:
    if any(lens.kind == kind and lens.certain for lens in list_lenses()):
        pytest.skip("such a lens is connected")
    with pytest.raises(DeviceNotFoundError, match=f"--lens {kind}:sim"):
        open_lens(kind, LensConfig())


def test_what_the_user_says_counts_before_what_is_usual() -> None:
    config = LensConfig(offset_dpt=0.5, gain=0.1, settle_s=0.01, latency_s=0.002, hysteresis_dpt=0.03)
    setup = lens_setup("varioptic:x", LENS_KINDS["varioptic"], config)
    assert config.is_metric
    assert setup.focus.focus_dpt(30.0) == pytest.approx(3.5)
    assert setup.focus.drive(3.5) == pytest.approx(30.0)
    info = setup.info(lowest=24.0, highest=70.0)
    assert (info.far_dpt, info.near_dpt) == (pytest.approx(2.9), pytest.approx(7.5))
    assert (info.settle_s, info.latency_s, info.hysteresis_dpt) == (0.01, 0.002, 0.03)


def test_without_the_users_word_nothing_is_metric() -> None:
    assert not LensConfig().is_metric
    for kind, in_dioptres in (("optotune-ld", True), ("optotune-ld-current", False), ("v4l2", False)):
        assert lens_setup("x", LENS_KINDS[kind], LensConfig()).is_metric is in_dioptres


def test_a_drive_without_dioptres_is_swept_from_0_to_1() -> None:
    for kind, lowest, highest in (
        ("optotune-ld-current", -292.84, 292.84),
        ("varioptic", 24, 70),
        ("v4l2", 0, 1),
    ):
        info = lens_setup("x", LENS_KINDS[kind], LensConfig()).info(lowest=lowest, highest=highest)
        assert (info.far_dpt, info.near_dpt, info.is_metric) == (pytest.approx(0), pytest.approx(1), False)


def test_a_lens_that_focuses_farther_as_its_drive_grows() -> None:
    setup = lens_setup("x", LENS_KINDS["varioptic"], LensConfig(offset_dpt=10.0, gain=-0.1))
    info = setup.info(lowest=24.0, highest=70.0)
    assert (info.far_dpt, info.near_dpt) == (pytest.approx(3.0), pytest.approx(7.6))
    assert setup.drive_within(info, 3.0) == pytest.approx(70.0)


@pytest.mark.parametrize(
    "options",
    [
        {"gain": 1.0},
        {"offset_dpt": 1.0},
        {"min_temperature_c": 50.0},
        {"min_temperature_c": 60, "max_temperature_c": 20},
    ],
)
def test_what_makes_no_sense_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(InputError, match="--focus"):
        lens_setup("x", LENS_KINDS["optotune-ld"], LensConfig.model_validate(options))


def test_a_lens_of_no_gain_is_refused() -> None:
    with pytest.raises(ValidationError, match="a lens of gain 0 does not focus"):
        LensConfig(gain=0.0, offset_dpt=0.0)


def test_lenses_are_found_by_their_usb_identity() -> None:
    assert kinds_with(LENS_DRIVER_4) == ("optotune-ld", "optotune-ld-current")
    assert kinds_with(ICC_CDC) == ("optotune-icc", "optotune-icc-pro")
    assert kinds_with(CP2102) == ("optotune-icc", "optotune-icc-pro", "varioptic")
    assert kinds_with(FTDI) == ("optotune-icc", "optotune-icc-pro")
    assert kinds_with((1, 2)) == ()


def test_a_list_of_lenses_begins_with_what_to_type() -> None:
    listed = describe_lenses(
        [
            LensListing(kind="a", selector="a:/dev/ttyACM0", description="A 17", certain=True),
            LensListing(kind="b", selector="b:COM3", description="B", certain=False),
        ]
    )
    assert listed == "a:/dev/ttyACM0  A 17\nb:COM3          B (or something else)"
    assert "optotune-ld:sim" in describe_lenses([])
