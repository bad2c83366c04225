from pathlib import Path

import cv2
import numpy as np
import pytest

from focstream.types import InputError
from training.data.blender.depth_files import encoded, read_vergence


@pytest.mark.parametrize("near_m", [0.1, 4.0])
def test_a_depth_picture_keeps_vergence_to_a_thousandth_of_a_percent(tmp_path: Path, near_m: float) -> None:
    depth_m = np.linspace(near_m, 30 * near_m, 64 * 64, dtype=np.float32).reshape(64, 64)
    depth_m[3, 4] = np.nan
    cv2.imwrite(str(tmp_path / "depth.png"), encoded(depth_m))
    vergence = read_vergence(tmp_path / "depth.png")
    assert vergence.dtype == np.float32
    np.testing.assert_allclose(vergence, near_m / depth_m, atol=0.5 / 65535 + 1e-7)
    assert np.isnan(vergence[3, 4])
    assert vergence[0, 0] == 1.0


def test_other_pictures_are_refused(tmp_path: Path) -> None:
    for content in (np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.uint16)):
        cv2.imwrite(str(tmp_path / "other.png"), content)
        with pytest.raises(InputError, match=r"other\.png: not a depth picture"):
            read_vergence(tmp_path / "other.png")
    with pytest.raises(InputError, match="none"):
        read_vergence(tmp_path / "none.png")
