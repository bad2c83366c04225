"""Maps of a benchmark, saved for whoever wants to look or to judge them otherwise."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from focstream.files.user_file import reason_of
from focstream.types import InputError


def save_map(folder: Path, *, stack: str, model: str, values: NDArray[np.floating]) -> None:
    """Write (H, W) values as STACK_MODEL.npy, float32.

    Raises
    ------
    InputError
        When the file cannot be written.
    """
    path = folder / f"{stack}_{model}.npy"
    try:
        np.save(path, values.astype(np.float32))
    except OSError as error:
        raise InputError(f"{path} cannot be written ({reason_of(error)}); choose another --maps") from None
