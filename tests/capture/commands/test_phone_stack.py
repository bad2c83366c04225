"""Stacks of phones: what their focus means, and of which pixels their intrinsics are."""

import json
import logging
from pathlib import Path

import numpy as np
import pytest

from capture.commands.import_stacks import ImportSettings, import_stacks
from capture.recording.reader import RecordingReader
from focstream.types import FocalSlice, InputError
from tests.capture.commands.test_import_export import capture, images

K = [3000.0, 3010.0, 2024.0, 1504.0, 0.0]
"""Of a sensor of 4032 × 3024 px, whose middle is at (2016, 1512)."""
ARRAY = {"left": 0, "top": 0, "right": 4032, "bottom": 3024}
FOCUS_DPT = (0.0, 2.0, 8.0)


def stack(folder: Path, size: tuple[int, int] = (20, 30), **meta: object) -> Path:
    """Three images of (height, width) with these metadata; `characteristics` go into a file of their own."""
    images(folder, ["1.png", "2.png", "3.png"], size)
    characteristics = meta.pop("characteristics", None)
    if characteristics is not None:
        (folder / "characteristics.json").write_text(json.dumps(characteristics))
    for number, focus_dpt in enumerate(FOCUS_DPT):
        told = {"android.lens.focusDistance": focus_dpt} | {f"android.{key}": meta[key] for key in meta}
        (folder / f"{number + 1}.json").write_text(json.dumps(told))
    return folder


def imported(folder: Path, **options: object) -> list[FocalSlice]:
    out = folder.with_suffix(".mcap")
    import_stacks(ImportSettings(source=folder, out=out, kind="phone", **options))  # type: ignore[arg-type]
    return list(RecordingReader(out).slices())


@pytest.mark.parametrize("told", [0, "UNCALIBRATED"])
@pytest.mark.parametrize("place", ["image", "characteristics"])
def test_focus_that_the_phone_calls_uncalibrated_is_not_metric(tmp_path: Path, caplog, told, place) -> None:
    key = "lens.info.focusDistanceCalibration"
    meta = {key: told} if place == "image" else {"characteristics": {f"android.{key}": told}}
    with caplog.at_level(logging.INFO):
        slices = imported(stack(tmp_path / "s", **meta))
    assert [(item.scale, item.tag.focus_dpt) for item in slices] == [(None, None)] * 3
    assert [item.tag.sweep_coordinate for item in slices] == [0.0, 0.25, 1.0]
    assert "the result is not metric, because the phone calls its focus uncalibrated" in caplog.text


@pytest.mark.parametrize(
    ("told", "level"), [(1, "approximate"), (2, "calibrated"), ("CALIBRATED", "calibrated")]
)
def test_the_level_is_that_of_the_phone(tmp_path: Path, told, level: str) -> None:
    slices = imported(stack(tmp_path / "s", **{"lens.info.focusDistanceCalibration": told}))
    assert slices[0].scale is not None
    assert (slices[0].scale.level, slices[1].tag.focus_dpt) == (level, 2.0)


def test_a_phone_that_does_not_say_what_its_focus_means_is_taken_for_approximate(
    tmp_path: Path, caplog
) -> None:
    with caplog.at_level(logging.INFO):
        slices = imported(stack(tmp_path / "s"))
    assert slices[0].scale is not None
    assert slices[0].scale.level == "approximate"
    assert "says no focusDistanceCalibration: its focus is taken for dioptres" in caplog.text


def test_images_of_two_phones_are_refused(tmp_path: Path) -> None:
    folder = stack(tmp_path / "s", **{"lens.info.focusDistanceCalibration": 1})
    told = {"android.lens.focusDistance": 3.0, "android.lens.info.focusDistanceCalibration": 2}
    (folder / "2.json").write_text(json.dumps(told))
    with pytest.raises(InputError, match="different focusDistanceCalibration"):
        imported(folder)


@pytest.mark.parametrize("told", [3, "yes", True, 1.5])
def test_a_calibration_that_there_is_not_is_an_error(tmp_path: Path, told) -> None:
    with pytest.raises(InputError, match=r"1\.json: .*focusDistanceCalibration is .* neither 0"):
        imported(stack(tmp_path / "s", **{"lens.info.focusDistanceCalibration": told}))


def intrinsics_of(folder: Path) -> tuple[float, float, float, float]:
    known = imported(folder)[0].intrinsics
    assert known is not None
    return known.fx_px, known.fy_px, known.cx_px, known.cy_px


@pytest.mark.parametrize(
    "array",
    [
        ARRAY,
        [0, 0, 4032, 3024],
        "Rect(0, 0 - 4032, 3024)",
        "0 0 4032 3024",
        {"x": 0, "y": 0, "width": 4032, "height": 3024},
    ],
)
def test_intrinsics_of_the_sensor_become_those_of_smaller_images(tmp_path: Path, array) -> None:
    """An eighth: pixel centres are at halves in Android, and at whole numbers here."""
    folder = stack(
        tmp_path / "s", (378, 504), **{"lens.intrinsicCalibration": K, "sensor.info.activeArraySize": array}
    )
    np.testing.assert_allclose(intrinsics_of(folder), (375.0, 376.25, 252.5, 187.5))


def test_wider_images_show_the_middle_of_the_sensor(tmp_path: Path) -> None:
    """16:9 of a 4:3 sensor: 378 rows are cut off above and below."""
    folder = stack(
        tmp_path / "s",
        (567, 1008),
        characteristics={
            "android.lens.intrinsicCalibration": K,
            "android.sensor.info.activeArraySize": ARRAY,
        },
    )
    np.testing.assert_allclose(intrinsics_of(folder), (750.0, 752.5, 505.5, (1504.0 - 378.0) / 4 - 0.5))


@pytest.mark.parametrize(
    "zoom",
    [
        {"scaler.cropRegion": {"left": 1008, "top": 756, "right": 3024, "bottom": 2268}},
        {"control.zoomRatio": 2.0},
        {"control.zoomRatio": 2.0, "scaler.cropRegion": ARRAY},
    ],
)
def test_zoomed_images_show_a_part_of_the_sensor(tmp_path: Path, zoom) -> None:
    meta = {"lens.intrinsicCalibration": K, "sensor.info.activeArraySize": ARRAY} | zoom
    folder = stack(tmp_path / "s", (378, 504), **meta)
    np.testing.assert_allclose(
        intrinsics_of(folder), (750.0, 752.5, (2024 - 1008) / 4 - 0.5, (1504 - 756) / 4 - 0.5)
    )


def test_intrinsics_count_from_the_array_before_correction(tmp_path: Path) -> None:
    meta = {
        "lens.intrinsicCalibration": K,
        "sensor.info.preCorrectionActiveArraySize": {"left": 0, "top": 0, "right": 4064, "bottom": 3048},
        "sensor.info.activeArraySize": {"left": 16, "top": 12, "right": 4048, "bottom": 3036},
    }
    folder = stack(tmp_path / "s", (378, 504), **meta)
    np.testing.assert_allclose(
        intrinsics_of(folder), (375.0, 376.25, (2024 - 16) / 8 - 0.5, (1504 - 12) / 8 - 0.5)
    )


@pytest.mark.parametrize(
    ("size", "meta", "message"),
    [
        # without the array: K of the whole sensor beside smaller images, with the axis outside and inside
        ((378, 504), {}, "principal point .* is not in their middle"),
        ((2400, 3200), {}, "principal point .* is not in their middle"),
        # upright images of a sensor that lies
        ((504, 378), {"sensor.info.activeArraySize": ARRAY}, "are upright, but the sensor"),
        ((378, 504), {"sensor.info.activeArraySize": "all"}, "activeArraySize is 'all' and no rectangle"),
        ((378, 504), {"sensor.info.activeArraySize": [0, 0, 0, 0]}, "and no rectangle"),
        ((378, 504), {"sensor.info.activeArraySize": [0, 0, 640, 480]}, "principal point lies outside"),
        (
            (378, 504),
            {"sensor.info.activeArraySize": ARRAY, "scaler.cropRegion": [100, 100, 2000, 1500]},
            "cropRegion .* may be corners or sizes",
        ),
        (
            (378, 504),
            {"sensor.info.activeArraySize": ARRAY, "control.zoomRatio": 0},
            "zoomRatio is 0",
        ),
    ],
)
def test_intrinsics_that_are_not_of_these_images_are_refused(tmp_path: Path, size, meta, message) -> None:
    folder = stack(tmp_path / "s", size, **meta, **{"lens.intrinsicCalibration": K})
    with pytest.raises(InputError, match=message) as caught:
        imported(folder)
    assert "--intrinsics" in str(caught.value)
    assert not (tmp_path / "s.mcap").exists()
    (tmp_path / "k.toml").write_text(
        f"width_px = {size[1]}\nheight_px = {size[0]}\nfx_px = 5.0\nfy_px = 5.0\ncx_px = 2.0\ncy_px = 1.0\n"
    )
    known = imported(folder, intrinsics=tmp_path / "k.toml")[0].intrinsics
    assert known is not None
    assert known.fx_px == 5.0


def test_images_of_the_size_of_the_sensor_need_no_array(tmp_path: Path, caplog) -> None:
    with caplog.at_level(logging.INFO):
        folder = stack(tmp_path / "s", (3024, 4032), **{"lens.intrinsicCalibration": K})
        np.testing.assert_allclose(intrinsics_of(folder), (3000.0, 3010.0, 2023.5, 1503.5))
    assert "says no activeArraySize: its intrinsics are taken for those of images" in caplog.text


def test_the_commands_lines_are_seen(tmp_path: Path) -> None:
    folder = stack(tmp_path / "s", **{"lens.info.focusDistanceCalibration": 0})
    done = capture("import", folder, "--out", tmp_path / "a.mcap", "--kind", "phone")
    assert (done.returncode, len(done.stderr.splitlines())) == (0, 1), done.stderr
    assert "not metric" in done.stderr
