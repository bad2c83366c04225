from pathlib import Path

import cv2
import numpy as np
import pytest

from focstream.types import InputError
from tests.training.benchmarks.tiny_sets import write_mobile
from training.benchmarks.mobile import mobile_scenes, read_mobile
from training.benchmarks.mobile_rules import MOBILE_RULES, MobileProtocol, taken_images

SEVEN = [1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0]


def taken(protocol: MobileProtocol, scene: str, distances: list[float]) -> tuple[list[int], list[float]]:
    found = taken_images(protocol, scene, distances)
    return [one.index for one in found], [one.coordinate for one in found]


def test_dfv_takes_five_evenly_with_coordinates_even_in_distance() -> None:
    indices, coordinates = taken("dfv", "fruits", SEVEN)
    assert indices == [6, 4, 3, 2, 0]  # linspace(0, 6, 5) is 0, 1.5, 3, 4.5, 6; halves round to even
    assert coordinates == pytest.approx([0, 1 / 3, 1 / 2, 2 / 3, 1])


def test_dfv_sorts_by_distance() -> None:
    indices, coordinates = taken("dfv", "fruits", [3.0, 1.0, 2.0])
    assert indices == [0, 2, 1]
    assert coordinates == pytest.approx([0.0, 0.5, 1.0])


@pytest.mark.parametrize(("scene", "last"), [("fruits", 10.01), ("window", 4.0)])
def test_dfv_goes_by_rank_where_distances_cannot_be_trusted(scene: str, last: float) -> None:
    _, coordinates = taken("dfv", scene, [1.0, 1.1, last])
    assert coordinates == pytest.approx([0.0, 0.5, 1.0])


def test_dfv_reverses_metals_and_goes_by_rank() -> None:
    indices, coordinates = taken("dfv", "metals", [1.0, 1.1, 4.0])
    assert indices == [0, 1, 2]  # the greatest distance counts as the nearest
    assert coordinates == pytest.approx([0.0, 0.5, 1.0])


def test_aifdepthnet_takes_every_second_of_twenty_by_rank() -> None:
    distances = [float(20 - index) for index in range(20)]
    indices, coordinates = taken("aifdepthnet", "plants", distances)
    assert indices == list(range(1, 20, 2))  # from the nearest, the last: 19, 17, …
    assert coordinates == pytest.approx(np.linspace(0, 1, 10).tolist())


def test_aifdepthnet_reverses_metals() -> None:
    assert taken("aifdepthnet", "metals", [1.0, 2.0, 3.0])[0] == [0, 1, 2]
    assert taken("aifdepthnet", "plants", [1.0, 2.0, 3.0])[0] == [2, 1, 0]


def test_dioptres_are_linear_in_the_inverse_of_distance() -> None:
    indices, coordinates = taken("dioptres", "fruits", [1.0, 2.0, 4.0])
    assert indices == [2, 1, 0]
    assert coordinates == pytest.approx([0.0, (1 / 2 - 1 / 4) / (1 - 1 / 4), 1.0])
    indices, coordinates = taken("dioptres", "metals", [1.0, 2.0, 4.0])
    assert indices == [0, 1, 2]
    assert coordinates == pytest.approx([0.0, 1 - (1 / 2 - 1 / 4) / (1 - 1 / 4), 1.0])


def test_distances_that_are_all_the_same_are_refused() -> None:
    with pytest.raises(InputError, match="fruits: the calibrated distances are all the same"):
        taken("dfv", "fruits", [2.0, 2.0])


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
