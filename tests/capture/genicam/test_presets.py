"""Cameras that name their focus as the documents of their makers do; none of them was tried."""

from typing import get_args

import pytest

from capture.genicam.camera import GenicamCamera
from capture.genicam.config import FeatureNames, GenicamConfig, Preset
from capture.genicam.lens import GenicamLens
from capture.genicam.settings.presets import with_preset
from focstream.types import DeviceNotFoundError
from tests.capture.genicam.focussim import sharpest_dpt

NO_STATUS = ("rename FocusStatus=", "rename OpticControllerStatus=")
NO_POWER = "rename FocalPower="
STATES = "entries OpticControllerStatus=NotInitialized=1 Busy=3"
LIKE = {
    "basler-ace2": (
        "entries OpticControllerSelector=Optic1=0",
        "rename FocusInitialize=",
        "rename FocusStatus=",
        f"{STATES} NotBusy=4",
    ),
    "basler-dart": (
        "rename OpticControllerSelector=",
        "rename OpticControllerInitialize=",
        "rename LensConnection=LensConnection",
        "rename FocalPower=LensOpticalPower",
        "rename FocusStepper=",
        *NO_STATUS,
    ),
    "ids-peak": (NO_POWER,),
    "baumer": ("rename FocusStatus=", f"{STATES} Ready=4"),
    "allied-vision-gt": (
        "rename OpticControllerSelector=",
        "rename OpticControllerInitialize=EFLensInitialize",
        "rename FocusInitialize=",
        "rename FocusStepper=EFLensFocusCurrent",
        NO_POWER,
        *NO_STATUS,
    ),
}
FEATURES = {
    "basler-ace2": "FocalPower",
    "basler-dart": "LensOpticalPower",
    "ids-peak": "FocusStepper",
    "baumer": "FocalPower",
    "allied-vision-gt": "EFLensFocusCurrent",
}


def camera_at(producer, **settings):
    config = GenicamConfig(timing="software", height_px=64, **settings)
    return GenicamCamera(cti_files=[producer], config=config)


def test_every_preset_has_its_camera_here():
    assert set(LIKE) == set(FEATURES) == set(get_args(Preset))


@pytest.mark.parametrize("preset", LIKE)
def test_a_preset_moves_the_focus_of_its_makers_cameras(focussim, bench, preset):
    bench.set(*LIKE[preset])
    with camera_at(focussim, preset=preset) as camera, GenicamLens(camera) as lens:
        assert camera.focus_feature.name == FEATURES[preset]
        share = 0.3
        far_dpt, near_dpt = lens.info.far_dpt, lens.info.near_dpt
        lens.move(far_dpt + share * (near_dpt - far_dpt))
        for _ in range(1000):
            if lens.settled():
                break
        camera.trigger()
        frame = camera.read(1.0)
    assert sharpest_dpt(frame.image) == pytest.approx(10.0 * share, abs=0.1)


def test_without_its_preset_the_dart_has_no_focus(focussim, bench):
    bench.set(*LIKE["basler-dart"])
    with (
        camera_at(focussim) as camera,
        pytest.raises(DeviceNotFoundError, match="has no focus of its own"),
        GenicamLens(camera),
    ):
        pass


def test_names_that_are_given_overrule_the_preset():
    given = FeatureNames(focus_power_dpt=("MyPower",))
    names = with_preset(GenicamConfig(preset="basler-dart", names=given)).names
    assert names.focus_power_dpt == ("MyPower",)
    assert names.focus_initialize == ("LensConnection=Connect",)
    assert names.exposure_us == FeatureNames().exposure_us


def test_without_a_preset_names_stay_as_they_are():
    config = GenicamConfig(names=FeatureNames(focus_steps=("MySteps",)))
    assert with_preset(config) is config
