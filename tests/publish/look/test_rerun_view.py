from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("rerun", reason='needs rerun-sdk: pip install "focstream[view]"')
from calibration.apply.confidence import Confidence
from calibration.apply.flying_pixels import counts_in_cloud
from focstream.types import FocalSlice, InputError
from publish.look.rerun_view import RerunView
from publish.look.rerun_viewer import open_viewer
from tests.publish.updates import LENS, MICROSCOPE, SCALE, TO_INFINITY, an_update
from tests.rrd import columns_of
from tests.slices import make_slice


def saved(path: Path, updates, slices: tuple[FocalSlice, ...] = ()) -> Path:
    view = RerunView(viewer=False, save=path)
    for focal_slice in slices:
        view.see(focal_slice)
    for update in updates:
        view.write(update)
    view.close()
    view.close()
    return path


def test_depth_and_pinhole_make_it_3d(tmp_path: Path) -> None:
    update = an_update()
    found = columns_of(saved(tmp_path / "a.rrd", [update]))
    depth = found["/world/camera/depth"]
    values = np.frombuffer(bytes(depth["DepthImage:buffer"][0][0]), np.float32).reshape(
        update.coordinate.shape
    )
    np.testing.assert_array_equal(values, update.depth())
    assert depth["DepthImage:meter"] == [[1.0]]
    assert depth["DepthImage:depth_range"][0][0] == pytest.approx([0.2, 2.0])
    camera = found["/world/camera"]
    assert camera["Pinhole:resolution"] == [[[24.0, 16.0]]]
    matrix = np.reshape(camera["Pinhole:image_from_camera"][0][0], (3, 3)).T  # Rerun stores columns
    np.testing.assert_allclose(matrix, np.reshape(LENS.k, (3, 3)))
    assert "DepthImage:buffer" in found["/sigma"]
    assert found["/all_in_focus"]["EncodedImage:media_type"] == [["image/jpeg"]]


def test_3d_shows_what_is_sure_and_the_map_is_whole(tmp_path: Path) -> None:
    update = an_update()
    sigma = update.coordinate_sigma.copy()
    sigma[:, ::2] = 0.2
    update = replace(update, coordinate_sigma=sigma)
    view = RerunView(viewer=False, save=tmp_path / "a.rrd", cloud=Confidence())
    view.write(update)
    view.close()
    found = columns_of(tmp_path / "a.rrd")
    whole, sure = (
        np.frombuffer(bytes(found[path]["DepthImage:buffer"][0][0]), np.float32).reshape(sigma.shape)
        for path in ("/depth", "/world/camera/depth")
    )
    counts = counts_in_cloud(update.coordinate, sigma, update.scale, Confidence())
    np.testing.assert_array_equal(whole, update.depth())
    np.testing.assert_array_equal(sure, np.where(counts, update.depth(), np.float32(np.nan)))
    assert np.isnan(sure[:, ::2]).all()
    assert np.isfinite(sure).any()


def test_slices_and_time_series(tmp_path: Path) -> None:
    slices = tuple(
        replace(make_slice(slot), scale=SCALE, tag=replace(make_slice(slot).tag, focus_dpt=1.0 + slot))
        for slot in range(4)
    )
    found = columns_of(saved(tmp_path / "a.rrd", [an_update()], slices))
    assert found["/focus/dpt"]["Scalars:scalars"] == [[1.0], [2.0], [3.0], [4.0]]
    assert len(found["/latency/ms"]["Scalars:scalars"]) == 4
    assert len(found["/slice"]["EncodedImage:blob"]) == 1


def test_a_recording_has_no_latency(tmp_path: Path) -> None:
    view = RerunView(viewer=False, save=tmp_path / "a.rrd", live=False)
    view.see(make_slice())
    view.write(an_update())
    view.close()
    found = columns_of(tmp_path / "a.rrd")
    assert "/focus/dpt" in found
    assert "/latency/ms" not in found


def test_sixteen_bit_slices(tmp_path: Path) -> None:
    deep = replace(make_slice(), image=np.full((4, 6), 40_000, np.uint16))
    assert columns_of(saved(tmp_path / "a.rrd", [an_update()], (deep,)))["/slice"]["EncodedImage:blob"]


def test_without_a_scale_there_is_no_depth_image(tmp_path: Path) -> None:
    found = columns_of(saved(tmp_path / "a.rrd", [an_update(scale=None)]))
    assert "Tensor:data" in found["/sweep_coordinate"]
    assert not any("DepthImage:buffer" in columns for columns in found.values())


def test_a_sweep_to_infinity_has_a_finite_colour_range(tmp_path: Path) -> None:
    found = columns_of(saved(tmp_path / "a.rrd", [an_update(scale=TO_INFINITY)]))
    near_m, far_m = found["/world/camera/depth"]["DepthImage:depth_range"][0][0]
    assert (near_m, far_m) == pytest.approx((0.1, 5.0))


def test_the_colour_range_never_changes(tmp_path: Path) -> None:
    updates = [an_update(coordinate=np.full((16, 24), value, np.float32)) for value in (0.1, 0.9)]
    ranges = columns_of(saved(tmp_path / "a.rrd", updates))["/world/camera/depth"]["DepthImage:depth_range"]
    assert all(found == ranges[0] for found in ranges)


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="another --view-save"):
        RerunView(viewer=False, save=tmp_path / "file" / "a.rrd")


@pytest.mark.skipif("sys.platform != 'linux'", reason="other systems always have a screen")
def test_without_a_screen_the_viewer_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(InputError, match=r"--view-save FILE\.rrd"):
        open_viewer(port=1)


def test_without_a_screen_an_older_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    older = tmp_path / "a.rrd"
    older.write_bytes(b"older")
    with pytest.raises(InputError, match="no screen"):
        RerunView(viewer=True, save=older)
    assert older.read_bytes() == b"older"


def test_the_height_of_a_microscope_is_no_depth_image(tmp_path: Path) -> None:
    update = an_update(scale=MICROSCOPE)
    found = columns_of(saved(tmp_path / "a.rrd", [update]))
    assert "/world/camera/depth" not in found
    assert found["/height_um"]["Tensor:value_range"][0][0] == [0.0, 40.0]
    assert found["/sigma"]["Tensor:value_range"][0][0] == pytest.approx([0.0, 4.0])
