"""The images of a folder: found, checked against each other, and kept in memory as far as they fit."""

from pathlib import Path

from capture.folder.image_file import IMAGE_SUFFIXES, is_image_name, read_image
from capture.folder.natural_order import natural_key
from focstream.focal_slice import Image
from focstream.types import InputError


def find_images(folder: Path) -> tuple[Path, ...]:
    """PNG, JPEG and TIFF files of `folder` in natural order; hidden and other files are passed over.

    Raises
    ------
    InputError
        Unless there are two or more.
    """
    try:
        names = sorted((path.name for path in folder.iterdir() if not path.is_dir()), key=natural_key)
    except FileNotFoundError as error:
        raise InputError(f"{folder} does not exist; give the folder that holds the focal stack") from error
    except NotADirectoryError as error:
        raise InputError(f"{folder} is a file; give the folder that holds the focal stack") from error
    except OSError as error:
        raise InputError(f"{folder} cannot be read ({error.strerror}); check its permissions") from error
    paths = tuple(folder / name for name in names if is_image_name(name))
    if not paths:
        known = " ".join(IMAGE_SUFFIXES)
        raise InputError(f"{folder} holds no images; put the focal stack there as {known}")
    if len(paths) == 1:
        raise InputError(f"{folder} holds only {paths[0].name}; a focal stack needs two images or more")
    return paths


class StackImages:
    """Every image once read and checked; the first ones stay in memory, the others are read again.

    Parameters
    ----------
    paths
        Two or more image files.
    cache_bytes
        How much memory the images kept may take.

    Raises
    ------
    InputError
        When a file cannot be read, or is not of the size and type of the first one.
    """

    def __init__(self, paths: tuple[Path, ...], *, cache_bytes: int) -> None:
        self._paths = paths
        self._first: Image = read_image(paths[0])
        self._kept: dict[int, Image] = {}
        free_bytes = cache_bytes
        for slot in range(len(paths)):
            image = self._checked(slot)
            if image.nbytes <= free_bytes:
                self._kept[slot] = image
                free_bytes -= image.nbytes

    def __len__(self) -> int:
        return len(self._paths)

    def image(self, slot: int) -> Image:
        """Image number `slot`, (H, W) or (H, W, 3); the same array every time while it is kept.

        Raises
        ------
        InputError
            When a file that was not kept has changed or gone since it was checked.
        """
        kept = self._kept.get(slot)
        return self._checked(slot) if kept is None else kept

    def _checked(self, slot: int) -> Image:
        image = read_image(self._paths[slot]) if slot else self._first
        if (image.shape, image.dtype) != (self._first.shape, self._first.dtype):
            raise InputError(
                f"{self._paths[slot]} is {_described(image)}, but {self._paths[0].name} is "
                f"{_described(self._first)}; give all images of the stack the same size and type"
            )
        return image


def _described(image: Image) -> str:
    height, width = image.shape[:2]
    return f"{width}×{height} {'colour' if image.ndim == 3 else 'grey'} {image.dtype.itemsize * 8} bit"
