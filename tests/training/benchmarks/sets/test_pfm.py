from pathlib import Path

import numpy as np
import pytest

from focstream.types import InputError
from tests.training.benchmarks.tiny_sets import write_pfm
from training.benchmarks.sets.pfm import read_disparity

VALUES = np.array([[1.5, -2.0, 3.0], [4.0, 5.0, 6.25]], np.float32)


@pytest.mark.parametrize("scale", ["-1.0", "1", "-1.000000", "1."])
def test_both_orders_of_bytes_are_read(tmp_path: Path, scale: str) -> None:
    np.testing.assert_array_equal(read_disparity(write_pfm(tmp_path / "x.pfm", VALUES, scale=scale)), VALUES)


@pytest.mark.parametrize("scale", ["-2.0", "0.5", "-10", "10.0", "one"])
def test_a_scale_is_refused_because_readers_disagree_on_it(tmp_path: Path, scale: str) -> None:
    path = write_pfm(tmp_path / "x.pfm", VALUES, scale=scale)
    with pytest.raises(InputError, match=f"its scale is {scale}; only 1 and -1 are known"):
        read_disparity(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"nothing", "is no grey PFM file"),
        (b"PF\n1 1\n-1.0\n" + bytes(12), "is no grey PFM file"),
        (b"Pf\n3 2\n-1.0\nabc", "is cut short"),
        (None, "cannot be read"),
    ],
)
def test_what_is_no_such_file_is_refused(
    tmp_path: Path, content: bytes | None, message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.pfm"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_disparity(path)
    assert capfd.readouterr().err == ""
