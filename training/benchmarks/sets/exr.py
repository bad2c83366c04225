"""Depth maps in OpenEXR files."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from focstream.files.image_size import check_size
from focstream.files.limits import IMAGE_BYTES
from focstream.files.user_file import check_file
from focstream.program.extras import need_extra
from focstream.types import InputError


def read_channels(path: Path, names: str) -> list[NDArray[np.float32]]:
    """Read channels by their letters, (H, W) each; half floats become float32 as they are.

    Raises
    ------
    InputError
        When the file or a channel cannot be read, or OpenEXR is not installed.
    """
    need_extra("OpenEXR", extra="benchmarks", what=f"reading {path.name}", package="openexr")
    import OpenEXR

    check_file(path, most_bytes=IMAGE_BYTES, remedy="copy the data set again")
    try:
        for part in OpenEXR.File(str(path), header_only=True).parts:
            (left, top), (right, bottom) = (corner.tolist() for corner in part.header["dataWindow"])
            check_size(right - left + 1, bottom - top + 1, name=str(path))
        with OpenEXR.File(str(path), separate_channels=True) as file:
            found = {
                name: np.asarray(channel.pixels, np.float32) for name, channel in file.channels().items()
            }
    except (RuntimeError, ValueError, LookupError, TypeError, OSError, MemoryError) as error:
        raise InputError(f"{path} cannot be read as OpenEXR ({error}); copy it again") from None
    missing = [name for name in names if name not in found]
    if missing:
        raise InputError(f"{path} has no channel {missing[0]}, but {', '.join(sorted(found)) or 'none'}")
    return [found[name] for name in names]
