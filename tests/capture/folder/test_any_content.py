"""Folders and files of images with anything in them: read, or refused with an error of ours."""

import contextlib
import io
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capture.folder.exif_focus import read_exif_focus
from capture.folder.file_stack import is_stack_file
from capture.folder.focus_list import read_focus_list
from capture.folder.formats.image_file import read_picture
from capture.folder.source import StackFolder
from focstream.types import FocstreamError, InputError

quick = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
IMAGE = np.random.default_rng(0).integers(0, 255, (6, 8, 3), np.uint8)
unix_only = pytest.mark.skipif("sys.platform == 'win32'", reason="Windows has no pipes with a path")


def stack() -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(
        buffer, np.stack([IMAGE[..., 0]] * 3), imagej=True, metadata={"spacing": 1.0, "unit": "um"}
    )
    return buffer.getvalue()


WHOLE = {
    ".png": cv2.imencode(".png", IMAGE)[1].tobytes(),
    ".jpg": cv2.imencode(".jpg", IMAGE)[1].tobytes(),
    ".tif": stack(),
    ".pfm": b"Pf\n8 6\n-1.0\n" + np.linspace(0, 1, 48, dtype="<f4").tobytes(),
}


@pytest.mark.parametrize("suffix", WHOLE)
@quick
@given(cut=st.floats(0, 1), at=st.floats(0, 1), byte=st.integers(0, 255))
def test_an_image_that_is_cut_or_damaged(
    tmp_path: Path, suffix: str, cut: float, at: float, byte: int
) -> None:
    path = tmp_path / f"a{suffix}"
    content = bytearray(WHOLE[suffix])
    content[int(at * (len(content) - 1))] = byte
    path.write_bytes(content[: int((0.3 + cut) * len(content))])
    with contextlib.suppress(FocstreamError):
        read_picture(path)
    read_exif_focus([path])
    if is_stack_file(path):
        with contextlib.suppress(FocstreamError), StackFolder(path) as source:
            source.read(0.0)


@quick
@given(data=st.binary(max_size=60))
def test_a_focus_list_of_anything(tmp_path: Path, data: bytes) -> None:
    for name in ("focus.csv", "focus_distance.txt"):
        (tmp_path / name).write_bytes(data)
        with contextlib.suppress(FocstreamError):
            read_focus_list(tmp_path, image_names=["a.png", "b.png"])
        (tmp_path / name).unlink()


def test_an_image_of_too_many_pixels_is_refused_by_its_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("focstream.files.image_size.check_size.__kwdefaults__", {"most": 47})
    monkeypatch.setattr("focstream.files.image_size.check_pixels.__kwdefaults__", {"most": 47})
    for suffix, data in WHOLE.items():
        (tmp_path / f"a{suffix}").write_bytes(data)
        with pytest.raises(InputError, match="announces 8 × 6 px"):
            read_picture(tmp_path / f"a{suffix}")
    with pytest.raises(InputError, match="announces 8 × 6 px"), StackFolder(tmp_path / "a.tif"):
        pass


def test_a_stack_of_too_many_images_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capture.folder.hyperstack.tiff_stack.STACK_IMAGES", 2)
    monkeypatch.setattr("capture.folder.listing.STACK_IMAGES", 2)
    (tmp_path / "a.tif").write_bytes(stack())
    with pytest.raises(InputError, match="3 images"), StackFolder(tmp_path / "a.tif"):
        pass
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(WHOLE[".png"])
    with (
        pytest.raises(InputError, match="holds 4 images; a focal stack has 2 at most"),
        StackFolder(tmp_path),
    ):
        pass


@unix_only
@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", ["2.png", "focus.csv", "focus_distance.txt"])
def test_a_pipe_in_a_folder_is_refused_and_not_waited_for(tmp_path: Path, name: str) -> None:
    for number in range(2):
        (tmp_path / f"{number}.png").write_bytes(WHOLE[".png"])
    os.mkfifo(tmp_path / name)
    with pytest.raises(InputError, match=f"{name}: is a pipe"), StackFolder(tmp_path):
        pass


@unix_only
def test_a_name_with_a_line_feed_is_refused(tmp_path: Path) -> None:
    for name in ("a\n1.png", "a2.png"):
        (tmp_path / name).write_bytes(WHOLE[".png"])
    with pytest.raises(InputError, match=r"an image is named 'a\\n1\.png'"), StackFolder(tmp_path):
        pass
