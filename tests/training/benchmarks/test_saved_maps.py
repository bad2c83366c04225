from pathlib import Path

import numpy as np
import pytest

from focstream.types import InputError
from training.benchmarks.saved_maps import save_map


def test_a_map_is_saved_under_its_stack_and_model(tmp_path: Path) -> None:
    save_map(tmp_path, stack="dino", model="small", values=np.array([[0.25, -1.5]]))
    saved = np.load(tmp_path / "dino_small.npy")
    assert saved.dtype == np.float32
    assert saved.tolist() == [[0.25, -1.5]]


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match=r"dino_small\.npy cannot be written"):
        save_map(tmp_path / "file", stack="dino", model="small", values=np.zeros((1, 1)))
