import cv2
import numpy as np
import pytest

from capture.config import CaptureConfig
from capture.folder.source import StackFolder
from capture.open_source import open_source
from capture.rig_files import RigFiles
from focstream.files.intrinsics_file import IntrinsicsFile


@pytest.fixture
def shaken(tmp_path):
    rng = np.random.default_rng(0)
    wide = sum(
        cv2.resize(rng.standard_normal((300 // g, 400 // g), np.float32), (400, 300)) * g**0.5
        for g in (4, 10, 30)
    )
    for k in range(5):
        part = wide[20 + 3 * k : 260 + 3 * k, 30 + 4 * k : 350 + 4 * k]
        cv2.imwrite(str(tmp_path / f"{k}.png"), np.clip(128 + 12 * part, 0, 255).astype(np.uint8))
    return tmp_path


def play(folder, **options):
    with StackFolder(folder, **options) as source:
        return [source.read(5.0).image.astype(float) for _ in range(len(source))]


def sizes(**options):
    """Size of the images that the options give."""
    files = options.pop("files", None)
    with open_source(CaptureConfig.model_validate(options), files=files) as source:
        return source.read(5.0).image.shape


def test_a_folder_is_aligned_unless_something_is_known_of_its_images(shaken):
    assert sizes(replay=shaken)[0] < 240
    assert sizes(replay=shaken, align="off") == (240, 320)
    lens = IntrinsicsFile(width_px=320, height_px=240, fx_px=300.0, fy_px=300.0, cx_px=159.5, cy_px=119.5)
    assert sizes(replay=shaken, files=RigFiles(intrinsics=lens)) == (240, 320)
    assert sizes(replay=shaken, files=RigFiles(intrinsics=lens), align="auto")[0] < 240


def test_a_stack_in_one_file_is_aligned_only_when_asked_for(shaken, tmp_path):
    images = [cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in sorted(shaken.glob("*.png"))]
    cv2.imwritemulti(str(tmp_path / "stack.tif"), images)
    assert sizes(replay=tmp_path / "stack.tif") == (240, 320)
    assert sizes(replay=tmp_path / "stack.tif", align="auto")[0] < 240


def test_a_stack_too_large_to_align_stays_as_it_is(shaken, monkeypatch, caplog):
    monkeypatch.setattr("capture.folder.aligned_images._MOST_BYTES", 100_000)
    assert play(shaken, align=True)[0].shape == (240, 320)
    assert "not aligned: it takes all 5 images in memory" in caplog.text


def test_a_shaken_stack_is_aligned_only_when_asked_for(shaken):
    as_taken, aligned = play(shaken), play(shaken, align=True)
    assert as_taken[0].shape == (240, 320)
    assert aligned[0].shape[0] < 240
    assert np.abs(as_taken[0] - as_taken[4]).mean() > 10.0
    assert np.abs(aligned[0] - aligned[4]).mean() < 3.0
