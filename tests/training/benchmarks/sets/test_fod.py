from pathlib import Path

import cv2
import numpy as np
import pytest

from focstream.types import InputError
from tests.training.benchmarks.protocols.test_rules import rules_of
from tests.training.benchmarks.tiny_sets import write_exr, write_fod
from training.benchmarks.protocols.fod_rules import FOD_RULES
from training.benchmarks.sets.fod import fod_set
from training.benchmarks.stacks import SetSize

RULES = rules_of(FOD_RULES, "dfv")


def test_stacks_from_400_on_are_judged(tmp_path: Path) -> None:
    found = fod_set(write_fod(tmp_path, numbers=(0, 399, 400, 499)), RULES)
    assert found.size == SetSize(stacks=2, rows=48, columns=48)
    assert [stack.name for stack in found.read()] == ["000400", "000499"]


def test_images_come_far_first_with_coordinates_linear_in_dioptres(tmp_path: Path) -> None:
    (stack, _) = fod_set(write_fod(tmp_path), RULES).read()
    for image, index in zip(stack.images, (4, 3, 2, 1, 0), strict=True):
        np.testing.assert_array_equal(image, cv2.imread(str(tmp_path / f"000400_{index:02d}All.tif")))
    focus_dpt = 1 / np.array([1.5, 0.7, 0.3, 0.15, 0.1])
    wanted = (focus_dpt - focus_dpt[0]) / (focus_dpt[-1] - focus_dpt[0])
    assert stack.coordinates == pytest.approx(wanted.tolist())


def test_depth_is_the_red_channel_in_metres(tmp_path: Path) -> None:
    (stack, _) = fod_set(write_fod(tmp_path), RULES).read()
    assert np.unique(stack.truth).tolist() == [0.25, 0.75]
    assert stack.truth[0, 0] == 0.75


def test_ddl_gru_takes_the_mean_of_the_channels(tmp_path: Path) -> None:
    (stack, _) = fod_set(write_fod(tmp_path), rules_of(FOD_RULES, "ddl-gru")).read()
    assert stack.truth[0, 0] == 1.5  # of 0.75, 1.5 and 2.25


def test_a_missing_image_is_noticed_before_the_long_work(tmp_path: Path) -> None:
    write_fod(tmp_path)
    (tmp_path / "000401_03All.tif").unlink()
    with pytest.raises(InputError, match=r"000401_03All\.tif is missing"):
        fod_set(tmp_path, RULES)


def test_a_folder_without_judged_stacks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="give the folder fs_6 of FoD500"):
        fod_set(write_fod(tmp_path, numbers=(1,)), RULES)
    with pytest.raises(InputError, match="cannot be read"):
        fod_set(tmp_path / "absent", RULES)


@pytest.mark.parametrize(
    ("channels", "message"),
    [
        ({"Z": np.ones((48, 48), np.float16)}, "has no channel R, but Z"),
        ({"R": np.ones((48, 40), np.float16)}, r"its shape is \(48, 40\)"),
        ({"R": np.full((48, 48), np.inf, np.float16)}, "depths that are no numbers"),
        (None, "cannot be read as OpenEXR"),
    ],
)
def test_a_depth_file_that_does_not_fit_is_refused_in_one_line(
    tmp_path: Path, channels: dict[str, np.ndarray] | None, message: str
) -> None:
    path = write_fod(tmp_path) / "000400Dpt.exr"
    if channels is None:
        path.write_bytes(b"no such thing")
    else:
        write_exr(path, channels)
    with pytest.raises(InputError, match=message) as caught:
        list(fod_set(tmp_path, RULES).read())
    assert "\n" not in str(caught.value)
