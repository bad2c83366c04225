"""One camera that is found by the producers of two makers."""

import shutil

import pytest

from capture.genicam.camera import GenicamCamera
from capture.genicam.config import GenicamConfig
from capture.genicam.listing import list_genicam_cameras
from focstream.types import DeviceNotFoundError

CONFIG = GenicamConfig(height_px=64, timing="free")


@pytest.fixture
def producers(focussim, tmp_path):
    return [shutil.copy(focussim, tmp_path / name) for name in ("first.cti", "second.cti")]


@pytest.mark.parametrize("serial", [None, "FS0001"])
@pytest.mark.parametrize(("refusing", "opening"), [("first.cti", "second.cti"), ("second.cti", "first.cti")])
def test_the_producer_that_can_open_the_camera_opens_it(producers, bench, caplog, serial, refusing, opening):
    caplog.set_level("INFO")
    bench.set(f"refused_by {refusing}")
    with GenicamCamera(serial, cti_files=producers, config=CONFIG) as camera:
        assert camera.info.name == "genicam:FS0001"
        assert camera.read(1.0) is not None
    told = [record.message for record in caplog.records if "could not open" in record.message]
    assert len(told) == (refusing == "first.cti")
    if told:
        assert "first.cti could not open genicam:FS0001" in told[0]
        assert "second.cti" in told[0]
        assert "--cti" in told[0]


def test_when_none_can_the_error_names_them_and_the_option(producers, bench):
    bench.set(busy=1)
    with pytest.raises(DeviceNotFoundError, match=r"cannot be opened .*first\.cti.*second\.cti.*--cti"):
        GenicamCamera(cti_files=producers, config=CONFIG).__enter__()


def test_the_list_names_the_producers_of_a_camera_that_is_found_twice(producers, bench):
    listed = list_genicam_cameras(cti_files=producers, abilities=True)
    assert [one.selector for one in listed] == ["genicam:FS0001"] * 2
    for one, name in zip(listed, ("first.cti", "second.cti"), strict=True):
        assert one.abilities[-1] == f"through {name}"
