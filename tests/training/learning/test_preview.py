from pathlib import Path

import numpy as np
import pytest
import torch

from focstream.types import InputError
from inference.network.network import FocDepthFormer
from publish.colour import colours_of
from tests.training.learning.test_train import TINY, make_shard
from training.learning.preview import PANEL_PX, preview
from training.panels import CAPTION_PX, GAP_PX, grid, heat, panel


def test_one_row_a_stack_the_same_at_every_call(tmp_path: Path) -> None:
    make_shard(tmp_path / "one")
    make_shard(tmp_path / "two")
    network = FocDepthFormer(TINY).train()
    picture = preview(network, tmp_path, count=4)
    assert picture.shape == (
        4 * (PANEL_PX + CAPTION_PX + GAP_PX) - GAP_PX,
        6 * (PANEL_PX + GAP_PX) - GAP_PX,
        3,
    )
    assert np.array_equal(picture, preview(network, tmp_path, count=4))
    assert network.training


def test_the_truth_is_where_it_should_be(tmp_path: Path) -> None:
    make_shard(tmp_path / "one")
    depth = np.load(tmp_path / "one/shard/truth.npy")[0].astype(np.float32)
    picture = preview(FocDepthFormer(TINY), tmp_path, count=1)
    left = 3 * (PANEL_PX + GAP_PX)
    truth = picture[CAPTION_PX:, left : left + PANEL_PX]
    assert np.array_equal(truth[PANEL_PX // 2, PANEL_PX // 2], colours_of(depth)[16, 16])


def test_of_many_sets_some_are_shown(tmp_path: Path) -> None:
    for k in range(5):
        make_shard(tmp_path / f"set{k}", count=1)
    rows = preview(FocDepthFormer(TINY), tmp_path, count=2).shape[0] // (PANEL_PX + CAPTION_PX)
    assert rows == 3


def test_no_sets_are_a_clear_mistake(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder of rendered stacks"):
        preview(FocDepthFormer(TINY), tmp_path)


def test_panels_of_different_sizes_stand_beside_each_other() -> None:
    wide = panel(np.full((10, 20, 3), 200, np.uint8), "wide", height_px=40)
    assert wide.shape == (40 + CAPTION_PX, 80, 3)
    picture = grid([[wide, wide], [wide]])
    assert picture.shape == (2 * (40 + CAPTION_PX) + GAP_PX, 160 + GAP_PX, 3)
    assert (picture[CAPTION_PX : CAPTION_PX + 40, 84:] == 200).all()


def test_heat_grows_and_leaves_the_unknown_grey() -> None:
    colours = heat(np.array([[0.0, 0.1, 0.2, 0.4, np.nan]], np.float32), highest=0.2)[0]
    sums = colours.sum(axis=1, dtype=int)
    assert sums[0] < sums[1] < sums[2] == sums[3]
    assert len(set(colours[4].tolist())) == 1


def test_a_map_beyond_the_sweep_has_the_colour_of_its_end(tmp_path: Path) -> None:
    make_shard(tmp_path / "one", count=1)
    network = FocDepthFormer(TINY)
    torch.nn.init.constant_(network.decoder.head.bias, 3.0)
    picture = preview(network, tmp_path, count=1)
    left = 2 * (PANEL_PX + GAP_PX)
    found = picture[CAPTION_PX + 20, left + 20]
    assert np.array_equal(found, colours_of(np.ones((1, 1), np.float32))[0, 0])  # far too near: clipped
