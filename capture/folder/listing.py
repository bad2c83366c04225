"""The images of a folder, found by their names."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from capture.folder.formats.image_file import FLOAT_SUFFIXES, IMAGE_SUFFIXES, is_image_name
from capture.folder.name_order import ordered_names
from capture.folder.natural_order import stem_of
from focstream.files.limits import STACK_IMAGES
from focstream.types import InputError

_FOREIGN = frozenset(
    f".{kind}"
    for kind in (
        *("3fr", "arw", "avif", "bmp", "cr2", "cr3", "czi", "dng", "gif", "hdr", "ims", "j2k", "jp2", "jxl"),
        *("lif", "lsm", "mpo", "nd2", "nef", "orf", "pef", "pgm", "ppm", "raf", "raw", "rw2", "tga", "vsi"),
        "webp",
    )
)
"""Images that are not read: they are counted, so that nobody misses them in silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundImages:
    """The images of a folder.

    Attributes
    ----------
    paths
        Two or more, in the order in which they were taken.
    doubts
        What their names leave open and what was assumed, and what was passed over.
    """

    paths: tuple[Path, ...]
    doubts: tuple[str, ...]


def find_images(folder: Path) -> FoundImages:
    """Find the images of `folder`, in the order of the numbers in their names.

    Hidden files are passed over; so are PFM and EXR files beside other images, as they are truth then.

    Raises
    ------
    InputError
        Unless there are two or more, each in one format.
    """
    try:
        names = [path.name for path in folder.iterdir() if not path.is_dir()]
    except FileNotFoundError as error:
        raise InputError(f"{folder} does not exist; give the folder that holds the focal stack") from error
    except NotADirectoryError as error:
        raise InputError(f"{folder} is a file; give the folder that holds the focal stack") from error
    except OSError as error:
        raise InputError(f"{folder} cannot be read ({error.strerror}); check its permissions") from error
    read, passed = _sorted_out(names)
    if len(read) < 2:
        raise InputError(_too_few(folder, read, passed))
    if len(read) > STACK_IMAGES:
        raise InputError(f"{folder} holds {len(read)} images; a focal stack has {STACK_IMAGES} at most")
    _refuse_twins(folder, read)
    order = ordered_names(read)
    doubts = (order.doubt, f"passed over: {passed}" if passed else "")
    return FoundImages(paths=tuple(folder / name for name in order.names), doubts=tuple(filter(None, doubts)))


def stacks_in(folder: Path | None) -> tuple[Path, ...]:
    """Find the folders of images below `folder`, by name; none where it holds images itself."""
    if folder is None or not folder.is_dir():
        return ()
    holders = {path.parent for path in folder.rglob("*") if is_image_name(path.name) and path.is_file()}
    if folder in holders:
        return ()
    return tuple(sorted(each for each in holders if not _is_hidden(each, below=folder)))


def _is_hidden(path: Path, *, below: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(below).parts)


def _sorted_out(names: list[str]) -> tuple[list[str], str]:
    """Names of the images to read, and the others in words."""
    images = [name for name in names if is_image_name(name)]
    odd = next((name for name in images if not name.isprintable()), None)
    if odd is not None:
        raise InputError(f"an image is named {odd!r}: leave control characters out of its name")
    plain = [name for name in images if not name.lower().endswith(FLOAT_SUFFIXES)]
    read = plain or images
    others = [
        name
        for name in names
        if name not in read and not name.startswith(".") and (name in images or _suffix(name) in _FOREIGN)
    ]
    return read, ", ".join(
        f"{count} {suffix}" for suffix, count in Counter(map(_suffix, others)).most_common()
    )


def _too_few(folder: Path, read: list[str], passed: str) -> str:
    if read:
        passed = f" ({passed} were passed over)" if passed else ""
        return f"{folder} holds only {read[0]}{passed}; a focal stack needs two images or more"
    known = " ".join((*IMAGE_SUFFIXES, *FLOAT_SUFFIXES))
    if passed:
        return f"{folder} holds no images that can be read, but {passed}: convert them to PNG or TIFF"
    return f"{folder} holds no images; put the focal stack there as {known}"


def _refuse_twins(folder: Path, names: list[str]) -> None:
    seen: dict[str, str] = {}
    for name in sorted(names):
        twin = seen.setdefault(stem_of(name), name)
        if twin != name:
            raise InputError(f"{folder} holds {twin} and {name}: leave one format of each image there")


def _suffix(name: str) -> str:
    return Path(name).suffix.lower()
