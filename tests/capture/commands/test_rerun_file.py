"""Recordings as files for Rerun's viewer."""

from pathlib import Path

import numpy as np
import pytest

from capture.commands.rerun_file import arrangement
from capture.recording.file_writer import FileWriter
from capture.recording.reader import RecordingReader
from tests.capture.commands.test_import_export import capture
from tests.capture.recording.recordings import LENS, ORIGIN, SCALE, noise, slice_number
from tests.capture.recording.series.series import eight_sweeps, write_series
from tests.rrd import columns_of
from tests.updates import make_update

pytest.importorskip("rerun", reason='needs rerun-sdk: pip install "focstream[view]"')
from rerun.chunk import RrdReader
from rerun.components import Colormap

SHAPE = (48, 64)


def recording(path: Path, **update: object) -> Path:
    with FileWriter(path, origin=ORIGIN) as writer:
        for number in range(4):
            writer.write_slice(slice_number(number, image=noise(number, SHAPE)))
        coordinate = np.linspace(0, 1, SHAPE[0] * SHAPE[1], dtype=np.float32).reshape(SHAPE)
        writer.write_update(make_update(coordinate, **update), maps=True)
    return path


def views(path: Path) -> dict[str, dict[str, object]]:
    """The views of a blueprint, by name: what is shown in each, and by which colours."""
    reader = RrdReader(path)
    (blueprint,) = reader.blueprints()
    assert {data.application_id for data in reader.recordings()} <= {blueprint.application_id}
    found: dict[str, dict[str, object]] = {}
    for chunk in reader.stream(store=blueprint).to_chunks():
        batch = chunk.to_record_batch()
        parts = chunk.entity_path.split("/")
        if parts[1] != "view":
            continue
        view = found.setdefault(parts[2], {})
        for name in batch.schema.names:
            if ":" in name:
                view["/".join([*parts[3:], name])] = batch.column(name).to_pylist()[0]
    return {str(view["ViewBlueprint:display_name"][0]): view for view in found.values()}  # type: ignore[index]


def test_every_view_says_what_it_shows(tmp_path: Path) -> None:
    recording(tmp_path / "a.mcap", scale=SCALE, intrinsics=LENS)
    done = capture("info", tmp_path / "a.mcap", "--rerun", tmp_path / "a.rrd")
    assert done.returncode == 0, done.stderr
    assert "a.rrd: rerun " in done.stdout
    found = views(tmp_path / "a.rrd")
    assert set(found) == {"3-D", "Depth [m]", "Slice", "All in focus", "σ [m]"}
    shown = {name: view["ViewContents/ViewContents:query"] for name, view in found.items()}
    assert shown == {
        "3-D": ["/depth/image", "/depth/camera_info"],  # and no slices, no σ
        "Depth [m]": ["/depth/image"],
        "Slice": ["/camera/image_raw"],
        "All in focus": ["/depth/all_in_focus"],
        "σ [m]": ["/depth/sigma"],
    }
    colours = {name: view["defaults/DepthImage:colormap"] for name, view in found.items()}
    grey, inferno, turbo = ([each.value] for each in (Colormap.Grayscale, Colormap.Inferno, Colormap.Turbo))
    assert colours == {
        "3-D": turbo,
        "Depth [m]": turbo,
        "Slice": grey,
        "All in focus": grey,
        "σ [m]": inferno,
    }
    limits = {name: view["defaults/DepthImage:depth_range"][0] for name, view in found.items()}
    assert limits["Slice"] == [0.0, 255.0]
    np.testing.assert_allclose(limits["Depth [m]"], (1 / SCALE.near_dpt, 1 / SCALE.far_dpt))
    frames = {view["SpatialInformation/SpatialInformation:target_frame"][0] for view in found.values()}
    entities = columns_of(tmp_path / "a.rrd")
    pinhole = entities["/depth/camera_info"]
    assert frames == {pinhole["Pinhole:child_frame"][0][0], pinhole["Pinhole:parent_frame"][0][0]}
    assert "/camera/camera_info" not in entities  # a second pinhole of one frame is an error in the viewer
    again = capture("info", tmp_path / "a.mcap", "--rerun", tmp_path / "a.rrd")
    assert (again.returncode, len(again.stderr.splitlines())) == (2, 1)
    assert "exists and is not replaced" in again.stderr


def test_depth_that_is_not_metric_is_no_cloud(tmp_path: Path) -> None:
    recording(tmp_path / "a.mcap", scale=None, intrinsics=LENS)
    (depth_map,) = RecordingReader(tmp_path / "a.mcap").maps()
    arrangement(noise(1, SHAPE, np.uint16), depth_map).save("focstream", tmp_path / "a.rbl")
    found = views(tmp_path / "a.rbl")
    unit = "[sweep coordinate, 0 far … 1 near]"
    assert set(found) == {f"Depth {unit}", "Slice", "All in focus", f"σ {unit}"}
    assert found[f"Depth {unit}"]["defaults/DepthImage:depth_range"] == [[0.0, 1.0]]
    assert found["Slice"]["defaults/DepthImage:depth_range"] == [[0.0, 65535.0]]


def test_a_recording_without_depth_shows_its_slices(tmp_path: Path) -> None:
    arrangement(noise(1, SHAPE), None).save("focstream", tmp_path / "a.rbl")
    assert set(views(tmp_path / "a.rbl")) == {"Slice"}


def test_what_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    recording(tmp_path / "a.mcap")
    done = capture("info", tmp_path / "a.mcap", "--rerun", tmp_path / "absent" / "a.rrd")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "cannot be written" in done.stderr


def test_a_recording_in_several_files_is_one_in_the_viewer(tmp_path: Path) -> None:
    write_series(tmp_path / "run", eight_sweeps())
    done = capture("info", tmp_path / "run", "--rerun", tmp_path / "a.rrd")
    assert done.returncode == 0, done.stderr
    assert len(RrdReader(tmp_path / "a.rrd").recordings()) == 1
    shown = columns_of(tmp_path / "a.rrd")["/camera/image_raw"]["DepthImage:buffer"]
    assert [bytes(each[0]) for each in shown] == [one.image.tobytes() for one in eight_sweeps()]
