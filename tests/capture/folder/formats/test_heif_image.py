import subprocess
import sys

import numpy as np
import pillow_heif
import pytest

from capture.folder.formats.image_file import read_picture
from capture.folder.source import StackFolder
from focstream.types import InputError

RAMP = np.linspace(0, 255, 32 * 48).astype(np.uint8).reshape(32, 48)
RGB = np.dstack([RAMP, RAMP[::-1], RAMP[:, ::-1]])


def heif_file(path, *images, **options):
    file = pillow_heif.HeifFile()
    for image in images:
        mode = {2: "L", 3: "RGB"}.get(image.ndim, "RGB") if image.dtype == np.uint8 else "RGB;16"
        file.add_frombytes(mode, (image.shape[1], image.shape[0]), np.ascontiguousarray(image).tobytes())
    file.save(path, quality=-1, chroma=444, **options)
    return path


def test_heic_is_read_in_colour_and_grey(tmp_path):
    picture = read_picture(heif_file(tmp_path / "a.heic", RGB))
    np.testing.assert_allclose(picture.image, RGB[..., ::-1], atol=2)
    assert picture.image.dtype == np.uint8
    assert read_picture(heif_file(tmp_path / "b.heic", RAMP)).image.shape == (32, 48)


def test_10_bits_come_in_16(tmp_path):
    deep = (RGB.astype(np.uint16) * 257) & 0xFFC0
    picture = read_picture(heif_file(tmp_path / "a.heic", deep))
    assert picture.image.dtype == np.uint16
    np.testing.assert_allclose(picture.image, deep[..., ::-1], atol=256)


def test_a_folder_of_heic_plays_and_so_does_one_file_of_several(tmp_path):
    folder = tmp_path / "stack"
    folder.mkdir()
    for number in range(3):
        heif_file(folder / f"{number}.heic", RGB // (number + 1))
    heif_file(tmp_path / "burst.heic", RGB, RGB // 2, RGB // 3)
    for path in (folder, tmp_path / "burst.heic"):
        with StackFolder(path) as source:
            images = [source.read(1.0).image for _ in range(len(source))]
        assert len(images) == 3
        for number, image in enumerate(images):
            np.testing.assert_allclose(image, (RGB // (number + 1))[..., ::-1], atol=3)
    (tmp_path / "burst.heic").rename(folder / "3.heic")
    with pytest.raises(InputError, match=r"3\.heic holds 3 images: give it alone"), StackFolder(folder):
        pass


def test_a_file_cut_short_is_an_error(tmp_path):
    path = heif_file(tmp_path / "a.heic", RGB)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError, match=r"a\.heic cannot be (read|decoded)"):
        read_picture(path)


WITHOUT_HEIF = """
import sys
sys.modules["pillow_heif"] = None
from pathlib import Path
from capture.folder.source import StackFolder
from focstream.types import InputError
try:
    StackFolder(Path(sys.argv[1])).__enter__()
except InputError as error:
    print(error)
"""


def test_without_pillow_heif_the_message_names_the_extra(tmp_path):
    for number in range(2):
        heif_file(tmp_path / f"{number}.heic", RGB)
    told = subprocess.run(
        [sys.executable, "-c", WITHOUT_HEIF, str(tmp_path)], capture_output=True, text=True, check=True
    ).stdout
    assert 'reading HEIC needs the package pillow-heif; pip install "focstream[images]"' in told
