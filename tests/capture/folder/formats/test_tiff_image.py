import gc
import subprocess
import sys
import tracemalloc

import cv2
import numpy as np
import pytest
import tifffile

from capture.folder.formats.image_file import read_picture
from focstream.types import InputError

RANDOM = np.random.default_rng(3)
GREY16 = RANDOM.integers(0, 2**16, (40, 56), np.uint16)
RGB16 = RANDOM.integers(0, 2**16, (40, 56, 3), np.uint16)
RGB8 = RANDOM.integers(0, 256, (40, 56, 3), np.uint8)


def saved(path, pixels, **options):
    tifffile.imwrite(path, pixels, **options)
    return read_picture(path)


@pytest.mark.parametrize("rgb", [RGB8, RGB16], ids=["8 bit", "16 bit"])
@pytest.mark.parametrize("compression", [None, "zlib", "lzw", "zstd"])
def test_separate_colour_planes_are_read_as_colours(tmp_path, rgb, compression):
    planes = np.moveaxis(rgb, -1, 0).copy()
    picture = saved(tmp_path / "a.tif", planes, photometric="rgb", planarconfig="separate",
                    compression=compression)  # fmt: skip
    np.testing.assert_array_equal(picture.image, rgb[..., ::-1])
    assert picture.image.flags.c_contiguous


@pytest.mark.parametrize(
    "options",
    [
        {"compression": "lzw"},
        {"compression": "deflate", "predictor": True},
        {"tile": (16, 16), "compression": "zlib"},
        {"bigtiff": True},
        {"byteorder": ">"},
        {"rowsperstrip": 7},
    ],
    ids=str,
)
@pytest.mark.parametrize("pixels", [GREY16, RGB16, RGB8], ids=["grey16", "rgb16", "rgb8"])
def test_every_layout_gives_the_same_pixels(tmp_path, options, pixels):
    picture = saved(tmp_path / "a.tif", pixels, photometric="rgb" if pixels.ndim == 3 else "minisblack",
                    **options)  # fmt: skip
    np.testing.assert_array_equal(picture.image, pixels[..., ::-1] if pixels.ndim == 3 else pixels)
    assert (picture.transparent, picture.bits) == (None, None)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_white_is_zero_is_turned_round(tmp_path, dtype):
    grey = GREY16.astype(dtype)
    picture = saved(tmp_path / "a.tif", np.iinfo(dtype).max - grey, photometric="miniswhite")
    np.testing.assert_array_equal(picture.image, grey)


def test_single_bits_are_black_and_white(tmp_path):
    bits = GREY16 > 30_000
    np.testing.assert_array_equal(
        saved(tmp_path / "a.tif", bits, photometric="minisblack").image, bits * np.uint8(255)
    )


def test_a_palette_is_looked_up(tmp_path):
    palette = RANDOM.integers(0, 256, (3, 256)).astype(np.uint16)
    indices = RANDOM.integers(0, 256, (8, 9), np.uint8)
    picture = saved(tmp_path / "a.tif", indices, photometric="palette", colormap=palette * 257)
    np.testing.assert_array_equal(picture.image, np.moveaxis(palette[::-1, indices], 0, -1))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_alpha_is_not_a_colour(tmp_path, dtype):
    alpha = np.full((40, 56, 1), 9, dtype)
    rgba = np.concatenate([RGB16.astype(dtype), alpha], axis=-1)
    picture = saved(tmp_path / "a.tif", rgba, photometric="rgb", extrasamples=["unassalpha"])
    np.testing.assert_array_equal(picture.image, rgba[..., 2::-1])
    assert picture.transparent is None
    grey = saved(tmp_path / "b.tif", rgba[..., 2:], photometric="minisblack", planarconfig="contig",
                 extrasamples=["unassalpha"])  # fmt: skip
    np.testing.assert_array_equal(grey.image, rgba[..., 2])


@pytest.mark.parametrize("dtype", [np.float32, np.int16, np.uint32])
def test_other_numbers_are_an_error(tmp_path, dtype):
    with pytest.raises(InputError, match=f"holds {np.dtype(dtype)} pixels; convert it to 8 or 16 bits"):
        saved(tmp_path / "a.tif", GREY16.astype(dtype))


def test_printing_colours_of_16_bits_are_an_error(tmp_path):
    with pytest.raises(InputError, match=r"a\.tif cannot be decoded; save it as a plain PNG"):
        saved(tmp_path / "a.tif", np.dstack([RGB16, GREY16]), photometric="separated")


def test_a_thumbnail_behind_the_image_is_passed_over(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(GREY16)
        file.write(GREY16[::4, ::4], subfiletype=1)
    np.testing.assert_array_equal(read_picture(tmp_path / "a.tif").image, GREY16)


@pytest.mark.parametrize("one_by_one", [True, False])
def test_a_stack_among_images_is_an_error(tmp_path, one_by_one):
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        pages = np.zeros((10, 8, 9), np.uint16)
        for page in pages if one_by_one else [pages]:
            file.write(page, photometric="minisblack", contiguous=False)
    with pytest.raises(InputError, match=r"a\.tif holds 10 images: give it alone as a stack"):
        read_picture(tmp_path / "a.tif")


def test_a_page_whose_strips_hold_rubbish_is_an_error(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, GREY16, compression="zlib")
    with tifffile.TiffFile(path) as file:
        start, length = file.pages.first.dataoffsets[0], file.pages.first.databytecounts[0]
    data = bytearray(path.read_bytes())
    data[start : start + length] = b"\xff" * length
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"a\.tif cannot be decoded"):
        read_picture(path)


WITHOUT_CODECS = """
import sys
import tracemalloc
sys.modules["imagecodecs"] = None
from pathlib import Path
import numpy as np
from capture.folder.formats.image_file import read_picture
from focstream.types import InputError
for name in sys.argv[1:]:
    try:
        print(read_picture(Path(name)).image.astype(np.int64).sum())
    except InputError as error:
        print(error)
"""


def test_without_imagecodecs_lzw_is_read_and_what_is_not_names_the_extra(tmp_path):
    planes = np.moveaxis(RGB16, -1, 0).copy()
    for name, pixels, more in [
        ("a", GREY16, {"compression": "lzw"}),
        ("b", RGB16, {"compression": "lzw", "photometric": "rgb"}),
        ("c", planes, {"compression": "lzw", "photometric": "rgb", "planarconfig": "separate"}),
        ("d", planes, {"compression": "zlib", "photometric": "rgb", "planarconfig": "separate"}),
    ]:
        tifffile.imwrite(tmp_path / f"{name}.tif", pixels, **more)
    files = [str(tmp_path / f"{name}.tif") for name in "abcd"]
    told = subprocess.run([sys.executable, "-c", WITHOUT_CODECS, *files], capture_output=True, text=True,
                          check=True).stdout.splitlines()  # fmt: skip
    assert [told[0], told[1], told[3]] == [str(GREY16.sum()), str(RGB16.sum()), str(RGB16.sum())]
    assert "c.tif: its compression needs the package imagecodecs" in told[2]
    assert 'pip install "focstream[images]"' in told[2]


def test_opencv_reads_8_bit_printing_colours(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.dstack([RGB8, RGB8[..., 0]]), photometric="separated")
    expected = cv2.imread(str(tmp_path / "a.tif"), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(read_picture(tmp_path / "a.tif").image, expected[..., :3])


def test_an_image_that_was_read_leaves_no_bytes_behind(tmp_path):
    """Thirty images of 36 MB would else take twice their memory, until the collector runs."""
    pixels = np.zeros((1000, 1000), np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", pixels)
    read_picture(tmp_path / "a.tif")
    gc.collect()
    gc.disable()
    try:
        tracemalloc.start()
        for _ in range(5):
            read_picture(tmp_path / "a.tif")
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        gc.enable()
    assert kept < pixels.nbytes
