from pathlib import Path

import pytest

from capture.config import CaptureConfig
from capture.discovery import first_camera
from capture.folder.source import StackFolder
from capture.open_source import open_devices, open_source
from capture.sweep.live import LiveSweep
from focstream.types import DeviceNotFoundError, InputError


def source_of(**options: object) -> object:
    return open_source(CaptureConfig.model_validate(options))


def test_the_simulator_is_swept_over_its_scene() -> None:
    source = source_of(camera="sim", sim={"width_px": 64, "height_px": 48, "far_dpt": 1.0, "near_dpt": 3.0})
    assert isinstance(source, LiveSweep)
    with source:
        focal_slice = source.read(timeout_s=5)
        truth = source.truth_vergence_dpt
    assert focal_slice is not None
    assert focal_slice.scale is not None
    assert (focal_slice.scale.far_dpt, focal_slice.scale.near_dpt) == (1.0, 3.0)
    assert truth is not None


def test_a_folder_is_replayed_once_unless_told_otherwise(tmp_path: Path) -> None:
    assert isinstance(source_of(replay=tmp_path), StackFolder)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give --camera, --camera sim or --replay FOLDER"),
        ({"camera": "sim", "replay": "x"}, "exclude each other"),
        ({"camera": "sim", "reverse": True}, "for --replay"),
        ({"camera": "sim", "rate": 1.0}, "for --replay"),
        ({"camera": "webcam"}, "sim, genicam"),
        ({"camera": "uvc:first"}, "uvc:N"),
        ({"camera": "sim", "lens": "optotune"}, "--lens optotune: no such lens"),
        ({"camera": "uvc:0"}, "a lens must sweep the focus"),
        ({"camera": "sim", "lens": "optotune-ld:/dev/ttyACM9"}, "a real lens changes nothing"),
        ({"camera": "sim", "sim": {"lens_fault": "silent"}}, "--lens KIND:sim"),
        ({"camera": "sim", "lens": "varioptic:sim", "focus": {"gain": 2}}, "--focus.* is for real lenses"),
    ],
)
def test_what_cannot_be_meant_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        source_of(**options)


LENSES = ["optotune-ld:/dev/none", "optotune-ld:sim", "sim"]


@pytest.mark.parametrize("lens", LENSES)
@pytest.mark.parametrize("open_it", [open_source, open_devices])
def test_a_real_camera_has_no_simulated_scene(open_it, lens: str) -> None:
    """The scene asked for cannot be made, so making it all the same fails."""
    impossible = {"far_dpt": 3.0, "near_dpt": 1.0, "overscan_dpt": 2.0}
    with pytest.raises(InputError):
        source_of(camera="sim", sim=impossible)
    open_it(CaptureConfig.model_validate({"camera": "genicam:none", "lens": lens, "sim": impossible}))


def test_a_simulation_is_never_started_silently() -> None:
    if first_camera() is not None:
        pytest.skip("a real camera is connected")
    with pytest.raises(DeviceNotFoundError, match="--camera sim") as caught:
        source_of(camera=())
    assert caught.value.exit_code == 3
