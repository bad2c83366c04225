import numpy as np
import pytest

from focstream.digest import digest_of
from focstream.types import FocusScale, HeightScale, NotMetricError
from tests.updates import make_update

FORTY_UM = HeightScale(far_um=0.0, near_um=40.0, calibration_id="OME's PhysicalSizeZ")


def test_heights_are_linear_in_the_coordinate_and_sigma_follows() -> None:
    coordinate = np.array([[0.0, 0.25, 1.0, 1.1, np.nan]], np.float32)
    update = make_update(coordinate, scale=FORTY_UM, coordinate_sigma=np.full((1, 5), 0.01, np.float32))
    np.testing.assert_allclose(update.depth(), [[0, 10, 40, 44, np.nan]], rtol=1e-6)
    np.testing.assert_allclose(update.sigma(), np.full((1, 5), 0.4), rtol=1e-6)
    assert update.depth().dtype == update.sigma().dtype == np.float32
    assert (update.unit, update.calibrated, update.depth_range()) == ("um", "approximate", (40.0, 0.0))


def test_a_height_is_neither_metres_nor_dioptres() -> None:
    update = make_update(scale=FORTY_UM)
    with pytest.raises(NotMetricError, match="height in micrometres, not a distance"):
        update.metres()
    with pytest.raises(NotMetricError, match="no dioptres"):
        update.vergence_dpt()


def test_the_map_is_its_own_inverse() -> None:
    scale = HeightScale(far_um=-3.0, near_um=7.0)
    assert scale.to_um(scale.to_coordinate(2.5)) == pytest.approx(2.5)


@pytest.mark.parametrize(("far_um", "near_um"), [(1, 1), (2, 1), (0, float("inf")), (float("nan"), 1)])
def test_impossible_limits_are_refused(far_um: float, near_um: float) -> None:
    with pytest.raises(ValueError, match="need far_um < near_um"):
        HeightScale(far_um=far_um, near_um=near_um)


def test_the_digest_tells_heights_from_dioptres() -> None:
    scales = [None, FORTY_UM, HeightScale(far_um=0.0, near_um=41.0), FocusScale(far_dpt=0.0, near_dpt=40.0)]
    assert len({digest_of(make_update(scale=scale)) for scale in scales}) == 4
