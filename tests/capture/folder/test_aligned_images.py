import cv2
import numpy as np
import pytest

from capture.folder.source import StackFolder


@pytest.fixture
def shaken(tmp_path):
    rng = np.random.default_rng(0)
    wide = sum(
        cv2.resize(rng.standard_normal((300 // g, 400 // g), np.float32), (400, 300)) * g**0.5
        for g in (4, 10, 30)
    )
    for k in range(5):
        part = wide[20 + 3 * k : 260 + 3 * k, 30 + 4 * k : 350 + 4 * k]
        cv2.imwrite(str(tmp_path / f"{k}.png"), np.clip(128 + 12 * part, 0, 255).astype(np.uint8))
    return tmp_path


def play(folder, **options):
    with StackFolder(folder, **options) as source:
        return [source.read(5.0).image.astype(float) for _ in range(len(source))]


def test_a_shaken_stack_is_aligned_only_when_asked_for(shaken):
    as_taken, aligned = play(shaken), play(shaken, align=True)
    assert as_taken[0].shape == (240, 320)
    assert aligned[0].shape[0] < 240
    assert np.abs(as_taken[0] - as_taken[4]).mean() > 10.0
    assert np.abs(aligned[0] - aligned[4]).mean() < 3.0
