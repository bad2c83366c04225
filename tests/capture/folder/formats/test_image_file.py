import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from capture.folder.formats.image_file import is_image_name, read_picture
from capture.folder.formats.truncation import file_fault
from focstream.types import InputError

SUFFIXES = [".png", ".jpg", ".tif"]


def encoded(suffix, image, *parameters):
    done, data = cv2.imencode(suffix, image, list(parameters))
    assert done
    return data.tobytes()


@pytest.fixture
def colour():
    return np.random.default_rng(1).integers(0, 255, (60, 80, 3), np.uint8)


def png(*, colour_type, bits, size, rows, palette=b""):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", *size, bits, colour_type, 0, 0, 0)
    plte = chunk(b"PLTE", palette) if palette else b""
    body = chunk(b"IHDR", header) + plte + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def error_of(path):
    with pytest.raises(InputError) as caught:
        read_picture(path)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    return message


@pytest.mark.parametrize("suffix", [".png", ".tif", ".tiff"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(6, 8), (6, 8, 3)])
def test_lossless_images_come_back_exactly(tmp_path, suffix, dtype, shape):
    image = np.arange(np.prod(shape)).astype(dtype).reshape(shape)
    path = tmp_path / f"a{suffix}"
    path.write_bytes(encoded(suffix, image))
    back = read_picture(path).image
    assert back.dtype == dtype
    np.testing.assert_array_equal(back, image)


@pytest.mark.parametrize("progressive", [0, 1])
def test_jpeg_is_read_in_colour_and_grey(tmp_path, colour, progressive):
    path = tmp_path / "a.JPG"
    path.write_bytes(encoded(".jpg", colour, cv2.IMWRITE_JPEG_PROGRESSIVE, progressive))
    assert read_picture(path).image.shape == (60, 80, 3)
    path.write_bytes(encoded(".jpg", colour[..., 0], cv2.IMWRITE_JPEG_PROGRESSIVE, progressive))
    assert read_picture(path).image.shape == (60, 80)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_alpha_is_dropped(tmp_path, colour, suffix):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(encoded(suffix, np.dstack([colour, np.full((60, 80), 7, np.uint8)])))
    image = read_picture(path).image
    np.testing.assert_array_equal(image, colour)
    assert image.flags.c_contiguous


def test_palette_and_single_bits_are_expanded(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(png(colour_type=3, bits=8, size=(2, 1), rows=b"\0\0\1", palette=bytes(range(1, 7))))
    np.testing.assert_array_equal(read_picture(path).image, [[[3, 2, 1], [6, 5, 4]]])
    path.write_bytes(png(colour_type=0, bits=1, size=(8, 1), rows=b"\0\xaa"))
    np.testing.assert_array_equal(read_picture(path).image, [[255, 0] * 4])


def test_an_exif_rotation_is_not_applied(tmp_path, colour):
    path = tmp_path / "a.jpg"
    data = encoded(".jpg", colour)
    tiff = b"MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0) + b"\0\0\0\0"
    exif = b"Exif\0\0" + tiff
    path.write_bytes(data[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:])
    assert cv2.imread(str(path)).shape == (80, 60, 3)  # the note is there
    assert read_picture(path).image.shape == (60, 80, 3)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("part", [0.01, 0.2, 0.5, 0.9, 0.999])
def test_a_file_cut_short_is_an_error_without_other_noise(tmp_path, colour, suffix, part, capfd):
    data = encoded(suffix, colour)
    path = tmp_path / f"a{suffix}"
    path.write_bytes(data[: int(len(data) * part)])
    assert "copy it from the camera again" in error_of(path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_missing_end_is_noticed(suffix):
    data = encoded(suffix, np.arange(48, dtype=np.uint8).reshape(6, 8))
    assert file_fault(data) is None
    assert [length for length in range(len(data)) if file_fault(data[:length]) is None] == []


def test_a_changed_bit_in_a_png_is_an_error(tmp_path, colour):
    data = bytearray(encoded(".png", colour))
    data[len(data) // 2] ^= 1
    path = tmp_path / "a.png"
    path.write_bytes(data)
    assert "is damaged" in error_of(path)


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_what_a_phone_appends_is_passed_over(tmp_path, colour, suffix):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(encoded(suffix, colour) + b"film" * 100)
    assert read_picture(path).image.shape == colour.shape


def test_a_jpeg_that_ends_inside_its_thumbnail_is_cut_short(colour):
    thumbnail = encoded(".jpg", colour[:8, :8])
    segment = b"\xff\xe1" + struct.pack(">H", len(thumbnail) + 2) + thumbnail
    data = encoded(".jpg", colour)
    assert file_fault(data[:2] + segment + data[2:]) is None
    assert file_fault(data[:2] + segment) == "is cut short"


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.int8])
def test_a_tiff_of_other_numbers_is_an_error(tmp_path, dtype):
    path = tmp_path / "a.tif"
    path.write_bytes(encoded(".tif", np.ones((5, 6), dtype)))
    assert f"holds {np.dtype(dtype)} pixels; convert it to 8 or 16 bits" in error_of(path)


@pytest.mark.parametrize(
    "data", [b"hello\n", b"GIF89a\x01\x00", b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"II*\0", b""]
)
def test_what_is_no_image_is_an_error(tmp_path, data, capfd):
    path = tmp_path / "a.png"
    path.write_bytes(data)
    error_of(path)
    assert capfd.readouterr().err == ""


HEADERS = [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0\x08\0\0\0", b"MM\0+\0\x08\0\0" + b"\xff" * 4]


@given(st.sampled_from(HEADERS), st.binary(max_size=80))
@example(b"II+\0\x08\0\0\0", b"\xff" * 40)
def test_rubbish_after_a_header_is_told_not_raised(header, rubbish):
    assert file_fault(header + rubbish) in (None, "is cut short", "is damaged")


@given(st.sampled_from(SUFFIXES), st.integers(0, 10**6), st.integers(0, 255))
def test_a_changed_byte_is_told_or_harmless(suffix, place, value):
    data = bytearray(encoded(suffix, np.arange(48, dtype=np.uint8).reshape(6, 8)))
    data[place % len(data)] = value
    assert file_fault(bytes(data)) is None or "is" in file_fault(bytes(data))


def test_a_hostile_tiff_directory_is_an_error():
    entry = struct.pack("<HHII", 273, 4, 0xFFFFFFFF, 8)
    assert file_fault(b"II*\0" + struct.pack("<IH", 8, 1) + entry) == "is cut short"


def test_an_image_of_too_many_pixels_is_an_error(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(png(colour_type=0, bits=8, size=(2**20, 2**20), rows=b"\0"))
    assert "announces 1048576 × 1048576 px" in error_of(path)


def test_a_file_that_cannot_be_read_is_an_error(tmp_path):
    (tmp_path / "b.png").symlink_to(tmp_path / "gone.png")
    assert "No such file" in error_of(tmp_path / "b.png")
    (tmp_path / "c.png").mkdir()
    assert "is a folder" in error_of(tmp_path / "c.png")


def test_the_name_decides_what_is_tried():
    assert all(map(is_image_name, ["a.png", "a.JPG", "a.jpeg", "a.tif", "a.TIFF"]))
    assert not any(map(is_image_name, ["a.txt", "a.bmp", ".a.png", "._a.png", "png"]))
