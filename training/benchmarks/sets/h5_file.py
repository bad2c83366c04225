"""HDF5 files of benchmarks, opened and checked."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from focstream.files.limits import RECORD_BYTES
from focstream.files.user_file import check_file
from focstream.program.extras import need_extra
from focstream.types import InputError

DataSets = Mapping[str, Any]
"""An open HDF5 file: its data sets by name."""


@contextmanager
def opened(path: Path, *, axes: Mapping[str, int], is_file_of: str) -> Iterator[DataSets]:
    """Open a file that holds these data sets.

    Parameters
    ----------
    path
        The file.
    axes
        Name and number of axes of every data set that is needed.
    is_file_of
        What the file should be, for messages.

    Raises
    ------
    InputError
        When it cannot be read, lacks a data set, or h5py is not installed.
    """
    need_extra("h5py", extra="benchmarks", what=f"reading {path.name}, which is HDF5,")
    import h5py

    check_file(path, remedy=f"give a file of {is_file_of}")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise InputError(f"{path} cannot be read as HDF5 ({error}); give a file of {is_file_of}") from None
    with file:
        for name, count in axes.items():
            if name not in file:
                held = ", ".join(sorted(file)) or "nothing"
                raise InputError(f"{path} has no {name}, but {held}; give a file of {is_file_of}")
            if getattr(file[name], "ndim", None) != count:
                shape = getattr(file[name], "shape", "none")
                raise InputError(f"{path}: the shape of {name} is {shape}; expected {count} axes")
            if math.prod(file[name].shape[1:]) * file[name].dtype.itemsize > RECORD_BYTES:
                raise InputError(f"{path}: one of {name} {file[name].shape} takes too much memory")
        try:
            yield file
        except OSError as error:  # a file that was cut short is noticed when its data are read
            raise InputError(f"{path} cannot be read to its end ({error}); copy it again") from None
