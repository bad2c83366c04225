from pathlib import Path

import pytest

from focstream.files.intrinsics_file import read_intrinsics
from focstream.types import InputError, Intrinsics
from tests.slices import make_slice

GOOD = "width_px = 6\nheight_px = 4\nfx_px = 5.0\nfy_px = 5.5\ncx_px = 2.5\ncy_px = 1.5\n"


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "intrinsics.toml"
    path.write_text(text)
    return path


def test_slices_get_the_intrinsics(tmp_path: Path) -> None:
    intrinsics = read_intrinsics(write(tmp_path, GOOD))
    focal_slice = intrinsics.attach(make_slice())
    assert focal_slice.intrinsics == Intrinsics(fx_px=5.0, fy_px=5.5, cx_px=2.5, cy_px=1.5)
    assert focal_slice.tag == make_slice().tag


def test_images_of_another_size_are_refused(tmp_path: Path) -> None:
    intrinsics = read_intrinsics(write(tmp_path, GOOD.replace("= 6", "= 12")))
    with pytest.raises(InputError, match="12 × 4 px, but the images have 6 × 4 px"):
        intrinsics.attach(make_slice())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("fx_px = 5.0", ""), "fx_px: Field required"),
        (GOOD + "skew = 1", "skew"),
        (GOOD.replace("5.5", "-5.5"), "fy_px"),
        (GOOD.replace("5.5", "nan"), "fy_px"),
        (GOOD + "distortion = [0.1]", "belong together"),
        ("fx_px = ", "not valid TOML"),
    ],
)
def test_a_bad_file_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(InputError, match=message) as caught:
        read_intrinsics(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_intrinsics(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("model", "count"),
    [("plumb_bob", 3), ("plumb_bob", 8), ("rational_polynomial", 5), ("equidistant", 4), ("a", 17)],
)
def test_a_distortion_that_nothing_can_use_is_refused(tmp_path: Path, model: str, count: int) -> None:
    text = f'{GOOD}distortion_model = "{model}"\ndistortion = {[0.01] * count}\n'
    with pytest.raises(
        InputError, match=f"'{model}' with {count} coefficients cannot be used; give plumb_bob"
    ):
        read_intrinsics(write(tmp_path, text))


@pytest.mark.parametrize(
    ("model", "count"), [("plumb_bob", 4), ("plumb_bob", 5), ("rational_polynomial", 14)]
)
def test_others_are_taken(tmp_path: Path, model: str, count: int) -> None:
    text = f'{GOOD}distortion_model = "{model}"\ndistortion = {[0.01] * count}\n'
    assert read_intrinsics(write(tmp_path, text)).of_size(6, 4).distortion == (0.01,) * count


@pytest.mark.parametrize("count", [1, 3, 6, 15, 20])
def test_intrinsics_of_a_recording_or_a_program_have_the_same_numbers(count: int) -> None:
    with pytest.raises(ValueError, match=f"distortion has {count} coefficients"):
        Intrinsics(
            fx_px=1.0, fy_px=1.0, cx_px=0.0, cy_px=0.0, distortion_model="a", distortion=(0.1,) * count
        )
    with pytest.raises(ValueError, match="finite"):
        Intrinsics(fx_px=float("nan"), fy_px=1.0, cx_px=0.0, cy_px=0.0)
