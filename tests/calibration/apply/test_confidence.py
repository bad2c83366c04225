from dataclasses import replace

import numpy as np
import pytest

from calibration.apply.confidence import Confidence, only_sure, read_confidence
from calibration.apply.map_config import MapConfig
from focstream.program.settings import load_settings
from focstream.types import FocusScale, InputError
from tests.updates import make_update

SCALE = FocusScale(far_dpt=0.5, near_dpt=4.5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.05", Confidence(sigma=0.05)),
        ("1", Confidence(sigma=1.0)),
        (".2", Confidence(sigma=0.2)),
        ("1e-3", Confidence(sigma=0.001)),
        ("0.01m", Confidence(sigma=0.01, in_metres=True)),
        ("2mm", Confidence(sigma=0.002, in_metres=True)),
        ("5um", Confidence(sigma=5e-6, in_metres=True)),
        ("off", None),
    ],
)
def test_what_users_write(text, expected):
    confidence = read_confidence(text)
    if expected is None:
        assert confidence is None
    else:
        assert confidence is not None
        assert confidence.sigma == pytest.approx(expected.sigma)
        assert confidence.in_metres == expected.in_metres


@pytest.mark.parametrize(
    "text", ["", "sure", "5 mm", "5%", "-0.1", "0", "0mm", "1.5", "50", "nan", "1e999", "2cm"]
)
def test_anything_else_is_one_line(text):
    with pytest.raises(InputError, match=r"--confidence: .*share of the sweep.*such as 2mm") as caught:
        load_settings(MapConfig, [f"--confidence={text}"], prog="run")
    assert "\n" not in str(caught.value)


def test_maps_are_whole_and_clouds_sure_unless_asked_otherwise():
    assert (MapConfig().mask, MapConfig().cloud) == (None, Confidence(sigma=0.05))
    asked = MapConfig(confidence="3mm")
    assert asked.mask == asked.cloud == Confidence(sigma=0.003, in_metres=True)
    off = MapConfig(confidence="off")
    assert (off.mask, off.cloud) == (None, None)


def test_depth_that_is_less_sure_is_none():
    coordinate = np.array([[0.2, 0.2, np.nan, 0.2, 0.9]], np.float32)
    sigma = np.array([[0.01, 0.03, 0.01, np.nan, 0.03]], np.float32)
    update = replace(make_update(coordinate, scale=SCALE), coordinate_sigma=sigma)
    shares = only_sure(update, Confidence(sigma=0.02))
    np.testing.assert_array_equal(shares.coordinate, np.float32([[0.2, np.nan, np.nan, np.nan, np.nan]]))
    np.testing.assert_array_equal(
        shares.coordinate_sigma, np.float32([[0.01, np.nan, np.nan, np.nan, np.nan]])
    )
    most_m = 0.04 * 0.25  # σ of the last is 9 mm, of the second 71 mm, of the first 24 mm
    metres = only_sure(update, Confidence(sigma=most_m, in_metres=True))
    np.testing.assert_array_equal(np.isnan(metres.coordinate), [[True, True, True, True, False]])
    assert update.coordinate[0, 1] == np.float32(0.2)
