"""Cameras whose settings are not as the standard would have them: automatics, steps, triggers."""

import time

import pytest

from capture.genicam.camera import GenicamCamera
from capture.genicam.config import GenicamConfig
from focstream.types import DeviceLostError, InputError

RATE_AUTO = "rename AcquisitionFrameRateAuto=AcquisitionFrameRateAuto"  # else the simulated camera lacks it
BALANCE_AUTO = "rename BalanceWhiteAuto=BalanceWhiteAuto"


def camera_at(producer, *, prefer_trigger=False, **settings):
    config = GenicamConfig(**{"height_px": 64, "timing": "free"} | settings)
    return GenicamCamera(cti_files=[producer], config=config, prefer_trigger=prefer_trigger)


def read_on(camera):
    for _ in range(100):
        camera.read(0.1)


def value_afterwards(producer, feature):
    with camera_at(producer) as camera:
        return camera.nodes.value(feature)


@pytest.mark.parametrize(
    ("line", "automatic", "option", "feature", "value"),
    [
        ("auto_exposure 1", "ExposureAuto", "exposure_us", "ExposureTime", 5000.0),
        ("auto_gain 1", "GainAuto", "gain", "Gain", 3.0),
        ("auto_rate 1", "AcquisitionFrameRateAuto", "frame_rate_hz", "AcquisitionFrameRate", 60.0),
    ],
)
def test_an_automatic_is_off_while_its_value_is_given_and_is_put_back(
    focussim, bench, line, automatic, option, feature, value
):
    bench.set(RATE_AUTO, line)
    with camera_at(focussim, **{option: value}) as camera:
        assert camera.nodes.value(automatic) == "Off"
        assert camera.nodes.value(feature) == value
        assert camera.read(1.0) is not None
    assert value_afterwards(focussim, automatic) == "Continuous"


def test_an_automatic_is_kept_and_reported_once_while_no_value_is_given(focussim, bench, caplog):
    bench.set(BALANCE_AUTO, auto_exposure=1, auto_gain=1, auto_balance=1)
    camera = camera_at(focussim, gain=2.0)
    for _ in range(2):
        with camera:
            assert camera.nodes.value("ExposureAuto") == "Continuous"
    warnings = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 2
    assert warnings[0].startswith("genicam:FS0001: ExposureAuto is Continuous: exposure that changes with")
    assert "--genicam.exposure-us" in warnings[0]
    assert warnings[1].startswith("genicam:FS0001: BalanceWhiteAuto is Continuous")


def test_a_camera_without_automatics_warns_of_nothing(focussim, bench, caplog):
    with camera_at(focussim):
        pass
    assert [record for record in caplog.records if record.levelname == "WARNING"] == []


def test_the_exposure_of_an_automatic_camera_changes_with_the_focus(focussim, bench):
    """What the warning is about."""
    bench.set(auto_exposure=1)
    with camera_at(focussim) as camera:
        camera.nodes.run("OpticControllerInitialize")
        camera.nodes.run("FocusInitialize")
        exposures_s = []
        for dpt in (0.0, 10.0):
            camera.nodes.write("FocalPower", dpt)
            exposures_s.append([camera.read(1.0).exposure_s for _ in range(4)][-1])
    assert exposures_s[1] > 2 * exposures_s[0]


def test_an_automatic_that_stays_on_is_an_error_that_says_so(focussim, bench):
    bench.set(auto_exposure=1, auto_stays=1)
    with pytest.raises(
        InputError,
        match=r"exposure-us 5000: .* its ExposureAuto is Continuous and cannot be switched off",
    ):
        camera_at(focussim, exposure_us=5000.0).__enter__()


def test_an_automatic_is_put_back_when_the_camera_cannot_be_set_up(focussim, bench):
    bench.set(auto_exposure=1)
    with pytest.raises(InputError, match=r"--genicam\.gain 99"):
        camera_at(focussim, exposure_us=5000.0, gain=99.0).__enter__()
    assert value_afterwards(focussim, "ExposureAuto") == "Continuous"


def test_an_automatic_that_cannot_be_put_back_is_reported(focussim, bench, caplog):
    bench.set(auto_exposure=1)
    camera = camera_at(focussim, exposure_us=5000.0)
    with camera:
        bench.set(auto_exposure=1, auto_stays=1)
        time.sleep(0.03)  # the camera looks at its file every 10 ms
    assert "ExposureAuto of genicam:FS0001 could not be set back to Continuous" in caplog.text


def test_an_automatic_is_put_back_even_after_the_camera_was_away(focussim, bench):
    bench.set(auto_exposure=1)
    camera = camera_at(focussim, exposure_us=5000.0)
    with camera:
        bench.set(auto_exposure=1, unplugged=1)
        with pytest.raises(DeviceLostError):
            read_on(camera)
    bench.set(auto_exposure=1)
    with camera:
        assert camera.nodes.value("ExposureAuto") == "Off"
    assert value_afterwards(focussim, "ExposureAuto") == "Continuous"


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        (
            "width_px",
            630,
            r"genicam.width-px 630: Width of .* takes 16 … 640 in steps of 4; give 628 or 632$",
        ),
        ("height_px", 18, r"Height of .* takes 16 … 480 in steps of 4; give 16 or 20$"),
        ("width_px", 2000, r"Width of .* takes 16 … 640 in steps of 4; give 640$"),
        ("width_px", 15, r"Width of .* takes 16 … 640 in steps of 4; give 16$"),
        (
            "offset_x_px",
            4,
            r"OffsetX of .* refuses it beside the other settings \(it takes 0 … 624 in",
        ),
        ("exposure_us", 2e6, r"ExposureTime of .* takes 10 … 1000000; give 1000000$"),
    ],
)
def test_a_value_that_is_refused_is_an_error_that_says_what_is_taken(focussim, bench, option, value, told):
    with pytest.raises(InputError, match=told):
        camera_at(focussim, **{option: value}).__enter__()


@pytest.mark.parametrize(
    ("entries", "taken"),
    [
        ("FrameStart=0 ExposureStart=1 AcquisitionStart=3", "FrameStart"),
        ("ExposureStart=1 AcquisitionStart=3 AcquisitionEnd=4", "ExposureStart"),
        ("AcquisitionStart=3 FrameBurstStart=2 ExposureStart=1", "ExposureStart"),
        ("AcquisitionStart=3 FrameBurstStart=2 LineStart=5", "FrameBurstStart"),
    ],
)
def test_each_trigger_is_one_image_whichever_trigger_the_camera_has(focussim, bench, caplog, entries, taken):
    caplog.set_level("INFO")
    bench.set(f"entries TriggerSelector={entries}", burst_frames=3)
    with camera_at(focussim, timing="software") as camera:
        assert camera.nodes.value("TriggerSelector") == taken
        for _ in range(3):
            camera.trigger()
            assert camera.read(1.0) is not None
        assert camera.read(0.2) is None
    assert (f"genicam:FS0001: {taken} triggers" in caplog.text) == (taken != "FrameStart")


@pytest.mark.parametrize("timing", ["software", "hardware"])
def test_a_camera_without_a_trigger_for_images_is_an_error_that_lists_what_there_is(focussim, bench, timing):
    bench.set("entries TriggerSelector=AcquisitionStart=3 AcquisitionEnd=4")
    with pytest.raises(
        InputError,
        match=r"has no trigger that starts an image: .* AcquisitionStart, AcquisitionEnd; .*timing free",
    ):
        camera_at(focussim, timing=timing).__enter__()


def test_a_camera_without_a_trigger_for_images_runs_freely_unless_asked(focussim, bench):
    bench.set("entries TriggerSelector=AcquisitionStart=3")
    with camera_at(focussim, timing=None, prefer_trigger=True) as camera:
        assert camera.info.timing == "free"
        assert camera.read(1.0) is not None
