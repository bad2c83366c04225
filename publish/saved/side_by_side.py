"""Saved sweeps of two models beside each other, against the truth."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from focstream.files.image_size import check_pixels
from focstream.files.json_file import read_json
from focstream.files.limits import IMAGE_BYTES
from focstream.files.user_file import read_file
from focstream.files.writing import write_whole, writing
from focstream.types import InputError

_PAPER_BGR = (24, 24, 24)
_INK_BGR = (235, 235, 235)
_HEADING_PX = 28
_GAP_PX = 6
_AGAIN = "save the sweep again with --save"

Picture = NDArray[np.uint8]


def save_comparisons(first: Path, second: Path, out: Path) -> list[Path]:
    """Write one picture for every sweep that is saved in both folders; returns their paths.

    Parameters
    ----------
    first, second
        Folders that sweeps were saved in.
    out
        Folder for the pictures, ``comparison_000.png``, ….

    Raises
    ------
    InputError
        When the folders have no sweep in common, a file cannot be read, or there is no truth.
    """
    names = sorted(_sweeps(first) & _sweeps(second))
    if not names:
        raise InputError(f"{first} and {second} have no sweep in common; save some with --save")
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in names:
        path = out / f"{name.replace('sweep', 'comparison')}.png"
        _, data = cv2.imencode(".png", compared(first / name, second / name))
        write_whole(path, data.tobytes())
        paths.append(path)
    return paths


def _sweeps(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("sweep_*")}


def compared(first: Path, second: Path) -> Picture:
    """(H, W, 3) uint8: all-in-focus image over truth, then depth over error of either model.

    Parameters
    ----------
    first, second
        Folders of one saved sweep each, with the truth beside it.
    """
    for folder in (first, second):
        _require_truth(folder)
    truth = _read(first / "truth.png")
    columns = [
        _column("scene, and the truth", _read(first / "all_in_focus.png"), truth),
        *(
            _column(_heading(folder), _read(folder / "depth.png"), _read(folder / "error.png"))
            for folder in (first, second)
        ),
    ]
    height = max(column.shape[0] for column in columns)
    return np.hstack([_padded(column, height=height, width=column.shape[1] + _GAP_PX) for column in columns])


def _require_truth(sweep: Path) -> None:
    missing = [name for name in ("truth.png", "error.png") if not (sweep / name).exists()]
    if missing:
        raise InputError(
            f"{sweep}: has no {missing[0]}, for a replayed sweep has no truth to compare with; "
            "save sweeps of --camera sim"
        )


def _column(heading: str, top: Picture, bottom: Picture) -> Picture:
    factor = max(bottom.shape[1] // top.shape[1], 1)  # small pictures are framed enlarged
    top = top.repeat(factor, axis=0).repeat(factor, axis=1)
    width = max(top.shape[1], bottom.shape[1])
    title = np.full((_HEADING_PX, width, 3), _PAPER_BGR, np.uint8)
    cv2.putText(title, heading, (6, 19), cv2.FONT_HERSHEY_SIMPLEX, 0.5, _INK_BGR, 1, cv2.LINE_AA)
    parts = [_padded(part, height=part.shape[0] + _GAP_PX, width=width) for part in (top, bottom)]
    return np.vstack([title, *parts])


def _padded(picture: Picture, *, height: int, width: int) -> Picture:
    canvas = np.full((height, width, 3), _PAPER_BGR, np.uint8)
    canvas[: picture.shape[0], : picture.shape[1]] = picture
    return canvas


def _heading(folder: Path) -> str:
    path = folder / "sweep.json"
    record = read_json(path, remedy=_AGAIN)
    if not isinstance(record, dict) or not {"model", "engine"} <= record.keys():
        raise InputError(f"{path}: is no record of a saved sweep; {_AGAIN}")
    return f"{record['model']!s:.80} ({record['engine']!s:.80})"


def _read(path: Path) -> Picture:
    data = read_file(path, most_bytes=IMAGE_BYTES, remedy=_AGAIN)
    check_pixels(data, name=str(path))
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # of an empty file
        image = None
    if image is None:
        raise InputError(f"{path}: cannot be read; {_AGAIN}")
    return np.asarray(image, np.uint8)
