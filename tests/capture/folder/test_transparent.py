import logging

import cv2
import numpy as np
import pytest
import tifffile

from calibration.apply.corrected_estimator import CorrectedEstimator
from calibration.apply.rectifier import Rectifier
from capture.commands.import_stacks import ImportSettings, import_stacks
from capture.folder.source import StackFolder
from capture.recording.reader import RecordingReader
from capture.recording.replay import Replay
from focstream.types import InputError
from inference.policies import RefineEstimator
from inference.sharpness.model import SharpnessModel

SHAPE, COUNT = (48, 64), 5


def slid(number, *, dtype=np.uint8):
    """A texture that another tool slid by `number` columns: those that came in are transparent."""
    texture = np.random.default_rng(8).integers(0, 256, (*SHAPE, 3), np.uint8)
    sharp = cv2.GaussianBlur(texture, (0, 0), 0.5 + abs(number - 2))
    alpha = np.full(SHAPE, 255, np.uint8)
    alpha[:, :number] = 0
    sharp[alpha == 0] = 0
    white = np.iinfo(dtype).max // 255
    return (np.dstack([sharp, alpha]).astype(np.uint32) * white).astype(dtype)


@pytest.fixture(params=["8 bit png", "16 bit png", "8 bit tiff", "16 bit tiff"])
def folder(request, tmp_path):
    dtype = np.uint16 if request.param.startswith("16") else np.uint8
    for number in range(COUNT):
        image = slid(number, dtype=dtype)
        if request.param.endswith("png"):
            cv2.imwrite(str(tmp_path / f"{number}.png"), image)
        else:
            rgba = image[..., [2, 1, 0, 3]]
            tifffile.imwrite(tmp_path / f"{number}.tif", rgba, photometric="rgb", extrasamples=["unassalpha"])
    return tmp_path


def final_map(source):
    estimator = CorrectedEstimator(RefineEstimator(SharpnessModel()), Rectifier(None))
    with source:
        while True:
            update = estimator.push(source.read(1.0))
            if update is not None and update.final:
                return update


def assert_no_depth_at_the_border(update):
    assert np.isnan(update.coordinate[:, : COUNT - 1]).all()
    assert np.isnan(update.coordinate_sigma[:, : COUNT - 1]).all()
    assert np.isfinite(update.coordinate[:, 20:]).mean() > 0.5  # the estimator leaves out some by itself


def test_where_any_image_is_transparent_there_is_no_depth(folder, caplog):
    with caplog.at_level(logging.INFO):
        assert_no_depth_at_the_border(final_map(StackFolder(folder)))
    assert "no depth on 6.25 %, where an image is transparent" in caplog.text


def test_a_recording_of_it_knows_that_too(folder, tmp_path):
    out = tmp_path / "a.mcap"
    import_stacks(ImportSettings(source=folder, out=out))
    assert_no_depth_at_the_border(final_map(Replay(RecordingReader(out))))


def test_such_images_are_aligned_already(folder, caplog):
    with caplog.at_level(logging.INFO), StackFolder(folder, align=True) as source:
        assert source.read(1.0).image.shape[:2] == SHAPE
    assert "they are aligned already" in caplog.text


def test_alpha_that_is_nowhere_0_changes_nothing(tmp_path):
    for number in range(2):
        image = slid(0)
        image[..., 3] = 1
        cv2.imwrite(str(tmp_path / f"{number}.png"), image)
    with StackFolder(tmp_path) as source:
        assert source.read(1.0).no_depth is None


def test_images_that_show_no_common_pixel_are_an_error(tmp_path):
    for number in range(2):
        image = slid(0)
        image[:, number * 32 : number * 32 + 32, 3] = 0
        cv2.imwrite(str(tmp_path / f"{number}.png"), image)
    with pytest.raises(InputError, match="every pixel is transparent in some image"), StackFolder(tmp_path):
        pass
