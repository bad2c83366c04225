from pathlib import Path

import cv2
import numpy as np
import pytest

from focstream.types import InputError
from publish.colour import NO_DEPTH_BGR, colours_of
from tests.training.judging.judged_stacks import step_stack, write_images
from training.data.real_stack import RealStack, read_real_stack
from training.judging.contact_sheet import (
    check_sheet_path,
    contact_sheet,
    save_sheet,
    sheet_row,
    sigma_colours,
)
from training.judging.judged_models import open_models


def real(name: str = "step", *, width_px: int = 48) -> RealStack:
    made = step_stack()
    images = tuple(np.ascontiguousarray(image[:, :width_px]) for image in made.images)
    return RealStack(name=name, images=images, coordinates=tuple(map(float, made.coordinates)))


def test_a_row_shows_the_middle_slice_and_three_pictures_of_each_model() -> None:
    models = open_models(("sharpness", "sharpness-fill"))
    row = sheet_row(real(), models, height_px=48)
    assert row.name == "step (5)"
    assert len(row.cells) == len(row.titles) == 7
    assert row.titles[2] == "sharpness: depth"
    assert row.titles[6] == "sharpness-fill: sigma"
    np.testing.assert_array_equal(row.cells[0], real().images[2])
    for column, depth in ((4, 0.25), (44, 0.75)):
        wanted = colours_of(np.array([[depth]], np.float32))[0, 0].astype(int)
        found = np.median(row.cells[5][:, column - 4 : column + 4].reshape(-1, 3), axis=0)
        assert np.abs(found - wanted).max() <= 25


def test_rows_of_different_shapes_share_columns() -> None:
    models = open_models(("sharpness",))
    rows = [
        sheet_row(real("wide"), models, height_px=24),
        sheet_row(real("tall", width_px=24), models, height_px=24),
    ]
    assert [row.cells[0].shape for row in rows] == [(24, 24, 3), (24, 12, 3)]
    sheet = contact_sheet(rows)
    assert sheet.shape == (18 + 2 * (18 + 24), 4 * 24 + 3 * 4, 3)
    np.testing.assert_array_equal(sheet[36:60, 28:52], rows[0].cells[1])
    np.testing.assert_array_equal(sheet[78:102, 28:40], rows[1].cells[1])
    assert (sheet[78:102, 40:52] == 24).all()


def test_grey_stacks_of_sixteen_bits_are_drawn() -> None:
    grey = tuple(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.uint16) << 8 for image in real().images)
    stack = RealStack(name="grey", images=grey, coordinates=real().coordinates)
    row = sheet_row(stack, open_models(("sharpness",)), height_px=48)
    np.testing.assert_array_equal(row.cells[0][..., 1], grey[2] >> 8)


def test_sigma_has_one_range_of_colours() -> None:
    colours = sigma_colours(np.array([[0.0, 0.1, 0.7, np.nan]], np.float32))[0]
    assert (colours[1] == colours[2]).all()
    assert colours[0].max() < 10
    assert colours[1].max() > 150
    assert tuple(colours[3]) == NO_DEPTH_BGR


def test_big_images_are_reduced_and_small_ones_left(tmp_path: Path) -> None:
    made = step_stack()
    place = write_images(tmp_path / "one", made)
    assert read_real_stack(place, reverse=False, longest_px=24).images[0].shape == (24, 24, 3)
    whole = read_real_stack(place, reverse=True, longest_px=48)
    np.testing.assert_array_equal(whole.images[1], made.images[1])
    assert whole.coordinates == (1.0, 0.75, 0.5, 0.25, 0.0)


def test_a_sheet_is_saved_whole(tmp_path: Path) -> None:
    picture = np.random.default_rng(0).integers(0, 255, (20, 30, 3), np.uint8)
    save_sheet(tmp_path / "sheet.png", picture)
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / "sheet.png")), picture)


def test_places_where_no_sheet_can_be_saved_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ends in \.jpg"):
        check_sheet_path(tmp_path / "sheet.gif")
    with pytest.raises(InputError, match="does not exist"):
        check_sheet_path(tmp_path / "absent" / "sheet.jpg")
    (tmp_path / "sheet.png").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        save_sheet(tmp_path / "sheet.png", np.zeros((2, 2, 3), np.uint8))
