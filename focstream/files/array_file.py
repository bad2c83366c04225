"""Arrays of NumPy (.npy) that a user hands over."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from focstream.errors import InputError
from focstream.files.limits import ARRAY_BYTES
from focstream.files.user_file import check_file, reason_of


def map_array(path: Path, *, remedy: str = "copy it again") -> NDArray[Any]:
    """Map an array into memory; what its header announces must be in the file.

    Parameters
    ----------
    path
        A .npy file of numbers.
    remedy
        What the user can do when it cannot be read.

    Raises
    ------
    InputError
        When it is none, is cut short, or holds objects of Python.
    """
    check_file(path, most_bytes=ARRAY_BYTES, remedy=remedy)
    try:
        values = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, TypeError, SyntaxError, ArithmeticError, EOFError, MemoryError) as error:
        raise InputError(f"{path}: is no array of numbers ({reason_of(error)}); {remedy}") from None
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "biuf":
        raise InputError(f"{path}: is no array of numbers; {remedy}")
    return values
