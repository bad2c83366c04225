from pathlib import Path

import cv2
import numpy as np
import pytest

from focstream.types import InputError
from tests.training.benchmarks.tiny_sets import write_mobile
from training.benchmarks.protocols.mobile_rules import MOBILE_RULES
from training.benchmarks.sets.mobile import mobile_scenes, read_mobile

SEVEN = [1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0]


def test_scenes_are_joined_with_calibrations_of_other_names(tmp_path: Path) -> None:
    for scene, name in (
        ("metals", "metal"),
        ("zeromotion", "GT"),
        ("largemotion", "GTLarge"),
        ("fruits", None),
    ):
        write_mobile(tmp_path, scene, [1.0, 2.0, 3.0], calibrated_as=name)
    found = mobile_scenes(tmp_path)
    assert [scene.name for scene in found] == ["fruits", "largemotion", "metals", "zeromotion"]
    assert all(scene.distances == (1.0, 2.0, 3.0) for scene in found)


def test_images_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    (scene,) = mobile_scenes(write_mobile(tmp_path, "fruits", [float(i + 1) for i in range(11)]))
    assert [path.name for path in scene.images] == [f"a{number}.jpg" for number in range(1, 12)]


def test_dfv_scales_the_shorter_side_to_224(tmp_path: Path) -> None:
    (scene,) = mobile_scenes(write_mobile(tmp_path, "fruits", SEVEN))
    dfv, _, ours = MOBILE_RULES
    assert read_mobile(scene, dfv).images[0].shape == (224, 224, 3)
    stack = read_mobile(scene, ours)
    np.testing.assert_array_equal(stack.images[0], cv2.imread(str(scene.images[6])))
    assert len(stack.images) == 7


def test_a_stack_without_calibration_is_passed_over_with_a_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_mobile(tmp_path, "fruits", [1.0, 2.0])
    (tmp_path / "Aligned/Figure3/other").mkdir(parents=True)
    (tmp_path / "Aligned/Figure3/other/a1.jpg").write_bytes(b"")
    assert [scene.name for scene in mobile_scenes(tmp_path)] == ["fruits"]
    assert "other is passed over" in caplog.text


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no folder Aligned; unpack"):
        mobile_scenes(tmp_path)
    write_mobile(tmp_path, "fruits", [1.0, 2.0, 3.0])
    path = tmp_path / "depth_from_focus_data2/calibration/fruits/calibrated.txt"
    path.write_text("1.0 1.2\n27.5\n")
    with pytest.raises(InputError, match="2 lines; expected 3, one an image, and the focal length"):
        mobile_scenes(tmp_path)
    path.write_text("near 1.2\n")
    with pytest.raises(InputError, match="is no list of focus distances"):
        mobile_scenes(tmp_path)
    path.unlink()
    with pytest.raises(InputError, match="has a calibration in"):
        mobile_scenes(tmp_path)
