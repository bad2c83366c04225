import numpy as np
import pytest

from focstream.types import InputError
from training.benchmarks.protocols.mobile_rules import MobileProtocol, taken_images

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
