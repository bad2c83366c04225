"""Stacks into recordings, and recordings into files, by the commands that users type."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

from calibration.measure.profile_file import write_profile
from capture.recording.file_writer import FileWriter
from capture.recording.reader import RecordingReader
from tests.calibration.apply.test_point_cloud import parse
from tests.calibration.profiles import full_profile
from tests.capture.recording.recordings import LENS, ORIGIN, SCALE, assert_same, noise, slice_number, write
from tests.capture.recording.series.series import eight_sweeps, write_series
from tests.updates import make_update

ROOT = Path(__file__).parents[3]


def capture(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "capture", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)


def images(folder: Path, names: list[str], size: tuple[int, int] = (20, 30)) -> Path:
    folder.mkdir()
    for number, name in enumerate(names):
        cv2.imwrite(str(folder / name), noise(number, size))
    return folder


def test_a_folder(tmp_path: Path) -> None:
    folder = images(tmp_path / "s", ["1.png", "2.png", "10.png"])
    (folder / "focus_distance.txt").write_text("2\n1\n0.5\n")
    done = capture("import", folder, "--out", tmp_path / "a.mcap")
    assert done.returncode == 0, done.stderr
    slices = list(RecordingReader(tmp_path / "a.mcap").slices())
    assert [s.tag.focus_dpt for s in slices] == [0.5, 1.0, 2.0]
    np.testing.assert_array_equal(slices[2].image, noise(2, (20, 30)))
    assert slices[2].tag.last_in_sweep


def test_a_film(tmp_path: Path) -> None:
    from tests.capture.film.films import noise_images, write_film

    write_film(tmp_path / "a.mkv", noise_images(6))
    (tmp_path / "focus_distance.txt").write_text("2\n1\n0.5\n0.25\n")
    done = capture("import", tmp_path / "a.mkv", "--out", tmp_path / "a.mcap", "--frames", "1:5")
    assert done.returncode == 0, done.stderr
    slices = list(RecordingReader(tmp_path / "a.mcap").slices())
    assert [s.tag.focus_dpt for s in slices] == [0.5, 1.0, 2.0, 4.0]
    np.testing.assert_array_equal([s.image for s in slices], noise_images(6)[1:5])
    assert [s.tag.exposure_mid_ns for s in slices] == [33_000_000, 67_000_000, 100_000_000, 133_000_000]
    for arguments in (
        (tmp_path, "--frames", "1:5"),
        (tmp_path / "a.mkv", "--frames", "1:9"),
        ("absent.mov",),
    ):
        done = capture("import", *arguments, "--out", tmp_path / "b.mcap")
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
        assert not (tmp_path / "b.mcap").exists()


def test_picamera2(tmp_path: Path) -> None:
    folder = images(tmp_path / "s", ["1.png", "2.png"])
    told = [{"LensPosition": 0.5, "SensorTimestamp": 10**15 + 1, "ExposureTime": 2000}, {"LensPosition": 4}]
    (folder / "metadata.json").write_text(json.dumps(told))
    done = capture("import", folder, "--out", tmp_path / "a.mcap", "--kind", "phone")
    assert done.returncode == 0, done.stderr
    first, second = RecordingReader(tmp_path / "a.mcap").slices()
    assert first.tag.exposure_mid_ns == 10**15 + 1 + 1_000_000
    assert (first.tag.focus_dpt, second.tag.focus_dpt, second.tag.sweep_coordinate) == (0.5, 4.0, 1.0)


def test_the_bits_of_a_phone_s_images_are_found(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    for number, top in enumerate((900, 1000)):
        cv2.imwrite(str(folder / f"{number}.png"), np.full((20, 30), top, np.uint16))
    (folder / "metadata.json").write_text(json.dumps([{"LensPosition": 0.5}, {"LensPosition": 4}]))
    done = capture("import", folder, "--out", tmp_path / "a.mcap", "--kind", "phone")
    assert done.returncode == 0, done.stderr
    slices = RecordingReader(tmp_path / "a.mcap").slices()
    assert [int(one.image.max()) for one in slices] == [900 << 6, 1000 << 6]


def test_android(tmp_path: Path) -> None:
    folder = images(tmp_path / "s", ["1.png", "2.png"])
    for number, focus_dpt in enumerate((8.0, 0.0)):
        meta = {
            "android.lens.focusDistance": focus_dpt,
            "android.sensor.timestamp": 5_000_000_000 + number,
            "android.sensor.exposureTime": 4_000_000,
            "android.sensor.rollingShutterSkew": 20_000_000,
            "android.lens.state": number,
            "android.lens.intrinsicCalibration": [50.0, 51.0, 15.0, 10.0, 0.0],
        }
        (folder / f"{number + 1}.json").write_text(json.dumps(meta))
    done = capture("import", folder, "--out", tmp_path / "a.mcap", "--kind", "phone")
    assert done.returncode == 0, done.stderr
    first, second = RecordingReader(tmp_path / "a.mcap").slices()
    assert first.tag.exposure_mid_ns == 5_012_000_000
    assert (first.tag.settling, second.tag.settling, first.tag.direction) == (False, True, -1)
    assert first.intrinsics is not None
    assert first.intrinsics.cy_px == 9.5  # Android counts from the corner of a pixel, we from its middle


def test_fod(tmp_path: Path) -> None:
    folder = images(tmp_path / "s", [f"{n:06d}_{k:02d}All.tif" for n in (1, 2) for k in range(5)])
    done = capture("import", folder, "--out", tmp_path / "a.mcap", "--kind", "fod")
    assert done.returncode == 0, done.stderr
    slices = list(RecordingReader(tmp_path / "a.mcap").slices())
    assert [s.tag.sweep_id for s in slices] == [0] * 5 + [1] * 5
    assert slices[0].tag.focus_dpt == pytest.approx(10.0)
    assert slices[4].tag.focus_dpt == pytest.approx(1 / 1.5)


def test_ddff(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py", reason='needs h5py: pip install "focstream[import]"')
    rgb = np.stack([noise(n, (4, 6, 8, 3)) for n in range(2)])
    with h5py.File(tmp_path / "d.h5", "w") as file:
        file["stack_val"] = rgb
    done = capture("import", tmp_path / "d.h5", "--out", tmp_path / "a.mcap", "--kind", "ddff")
    assert done.returncode == 0, done.stderr
    slices = list(RecordingReader(tmp_path / "a.mcap").slices())
    assert len(slices) == 8
    np.testing.assert_array_equal(slices[5].image, rgb[1, 1, ..., ::-1])
    assert 1 / slices[0].tag.focus_dpt == pytest.approx(0.5, abs=0.01)
    assert 1 / slices[3].tag.focus_dpt == pytest.approx(7.0, abs=0.05)


@pytest.mark.parametrize(
    ("kind", "message"),
    [("phone", "1.json: cannot be read"), ("fod", "000001_01All.tif"), ("ddff", "HDF5")],
)
def test_what_cannot_be_imported_is_one_line_and_leaves_nothing(
    tmp_path: Path, kind: str, message: str
) -> None:
    folder = images(tmp_path / "s", ["1.png", "2.png"])
    done = capture("import", folder, "--out", tmp_path / "a.mcap", "--kind", kind)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert message in done.stderr
    assert not (tmp_path / "a.mcap").exists()


def test_export(tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    with FileWriter(path, origin=ORIGIN) as writer:
        for number in range(8):
            writer.write_slice(slice_number(number, image=noise(number, (12, 16), np.uint16)))
            if number % 4 == 3:
                coordinate = np.full((12, 16), 0.25 * (number // 4), np.float32)
                sigma = np.full((12, 16), 0.01, np.float32)
                sigma[:5] = 0.06
                sweep = {"sweep_id": number // 4, "coordinate_sigma": sigma}
                update = make_update(coordinate, scale=SCALE, intrinsics=LENS, **sweep)
                writer.write_update(update, maps=True)
    for what in ("png", "npz", "ply"):
        done = capture("export", path, "--out", tmp_path / what, "--format", what)
        assert done.returncode == 0, done.stderr
    with (tmp_path / "png/slices.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["slot"]) for row in rows] == [0, 1, 2, 3] * 2
    assert [row["file"].partition("/")[0] for row in rows] == ["sweep_0000"] * 4 + ["sweep_0001"] * 4
    assert sum(1 for _ in (tmp_path / "png/sweep_0001").iterdir()) == 4  # one stack
    read = cv2.imread(str(tmp_path / "png" / rows[5]["file"]), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(read, noise(5, (12, 16), np.uint16))
    with np.load(tmp_path / "npz/sweep_0001.npz") as values:
        np.testing.assert_array_equal(values["images"][1], noise(5, (12, 16), np.uint16))
        assert values["focus_dpt"].tolist() == [s.tag.focus_dpt for s in map(slice_number, range(4, 8))]
    assert len(parse((tmp_path / "ply/sweep_0001.ply").read_bytes())) == 7 * 16
    for confidence, points in (("off", 12 * 16), ("0.1", 12 * 16), ("1um", 0)):
        out = tmp_path / confidence
        done = capture("export", path, "--out", out, "--format", "ply", "--confidence", confidence)
        assert done.returncode == 0, done.stderr
        assert len(parse((out / "sweep_0001.ply").read_bytes())) == points
    done = capture("export", path, "--out", tmp_path / "bad", "--format", "ply", "--confidence", "5%")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert "--confidence: '5%' is no σ" in done.stderr
    done = capture("export", path, "--out", tmp_path / "a.mp4", "--format", "mp4")
    assert done.returncode == 0, done.stderr
    film = cv2.VideoCapture(str(tmp_path / "a.mp4"))
    assert film.get(cv2.CAP_PROP_FRAME_COUNT) == 2
    film.release()


def test_without_depth_there_is_no_cloud(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mcap", [slice_number(0)])
    done = capture("export", path, "--out", tmp_path / "ply", "--format", "ply")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert "--record.depth" in done.stderr
    assert not (tmp_path / "ply").exists()  # the next attempt finds its place free


def test_a_recording_alone_keeps_the_calibration_profile(tmp_path: Path) -> None:
    write_profile(full_profile(), tmp_path / "mine.toml")
    small = ("--camera", "sim", "--sim.width-px", 64, "--sim.height-px", 48, "--sweeps", 1)
    sweep = ("--sweep.far-dpt", 1, "--sweep.near-dpt", 3)
    profile = ("--profile", tmp_path / "mine.toml")
    done = capture("record", *small, *sweep, *profile, "--record", tmp_path / "a.mcap")
    assert done.returncode == 0, done.stderr
    reader = RecordingReader(tmp_path / "a.mcap")
    assert reader.attachment("calibration_profile.toml") == (tmp_path / "mine.toml").read_bytes()


def test_record_info_recover(tmp_path: Path) -> None:
    small = ("--camera", "sim", "--sim.width-px", 64, "--sim.height-px", 48, "--sweeps", 2)
    done = capture("record", *small, "--record", tmp_path / "a.mcap")
    assert done.returncode == 0, done.stderr
    told = capture("info", tmp_path / "a.mcap").stdout
    assert "in 2 sweeps" in told
    assert "64 × 48 px, grey, uint8" in told
    assert "configuration.json" in told
    content = (tmp_path / "a.mcap").read_bytes()
    (tmp_path / "a.mcap").write_bytes(content[:-400])
    done = capture("recover", tmp_path / "a.mcap")
    assert "was cut short" in done.stdout
    assert (tmp_path / "a.recovered.mcap").exists()


def test_one_file_of_a_microscope(tmp_path: Path) -> None:
    pages = np.stack([noise(number, (20, 30)) for number in range(6)]).reshape(3, 2, 20, 30)
    metadata = {"axes": "ZCYX", "spacing": 2.5, "unit": "um"}
    tifffile.imwrite(tmp_path / "a.tif", pages, imagej=True, metadata=metadata)
    refused = capture("import", tmp_path / "a.tif", "--out", tmp_path / "a.mcap")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1), refused.stderr
    assert "2 channels (0 … 1): choose with --channel" in refused.stderr
    assert not (tmp_path / "a.mcap").exists()
    done = capture("import", tmp_path / "a.tif", "--out", tmp_path / "a.mcap", "--channel", 1, "--reverse")
    assert done.returncode == 0, done.stderr
    slices = list(RecordingReader(tmp_path / "a.mcap").slices())
    np.testing.assert_array_equal(np.stack([one.image for one in slices]), pages[:, 1])
    assert slices[0].scale.near_um == 5.0
    assert [one.tag.sweep_coordinate for one in slices] == [1.0, 0.5, 0.0]


def test_a_recording_in_several_files_is_exported_and_described_as_one(tmp_path: Path) -> None:
    write_series(tmp_path / "run", eight_sweeps())
    done = capture("export", tmp_path / "run", "--out", tmp_path / "out", "--format", "npz")
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "out").iterdir())) == 8
    shown = capture("info", tmp_path / "run")
    assert shown.returncode == 0, shown.stderr
    assert "  4 files: run_0000.mcap … run_0003.mcap\n  files deleted while recording: 0\n" in shown.stdout
    assert "  32 slices in 8 sweeps, and 0 while the lens moved\n" in shown.stdout
    assert "recover" not in shown.stdout


def test_slices_alone_are_recorded_into_several_files(tmp_path: Path) -> None:
    write(tmp_path / "a.mcap", eight_sweeps())
    rotate = ("--record.rotate-min", 0.001, "--record.keep-gib", 1)
    done = capture("record", "--replay", tmp_path / "a.mcap", "--record", tmp_path / "run.mcap", *rotate)
    assert done.returncode == 0, done.stderr
    assert f"recorded 32 slices of 8 sweeps in {tmp_path / 'run'} (4 files)" in done.stderr
    for back, focal_slice in zip(RecordingReader(tmp_path / "run").slices(), eight_sweeps(), strict=True):
        assert_same(back, focal_slice)
