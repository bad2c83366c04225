from pathlib import Path

import numpy as np
import pytest

from focstream.files.array_file import map_array
from focstream.types import InputError


def test_an_array_is_mapped(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(6).reshape(2, 3))
    np.testing.assert_array_equal(map_array(tmp_path / "a.npy"), [[0, 1, 2], [3, 4, 5]])


def test_a_header_that_announces_more_than_there_is_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros(1000))
    data = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(data.replace(b"(1000,)", b"(9999,)"))
    with pytest.raises(InputError, match="is no array of numbers"):
        map_array(tmp_path / "a.npy")


@pytest.mark.parametrize("values", [np.array([{}], object), np.array(["a"])])
def test_objects_and_texts_are_refused(tmp_path: Path, values: np.ndarray) -> None:
    np.save(tmp_path / "a.npy", values, allow_pickle=True)
    with pytest.raises(InputError, match="is no array of numbers"):
        map_array(tmp_path / "a.npy")
