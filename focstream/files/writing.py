"""Files that are written for a user: whole, or with one line that says why not."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from focstream.errors import InputError
from focstream.files.part_files import whole_file
from focstream.files.user_file import reason_of


@contextmanager
def writing(path: Path, *, remedy: str = "make room there, or choose another place") -> Iterator[None]:
    """Turn what the system says of a failed write into one line about `path`.

    Raises
    ------
    InputError
        When the block raises an error of the system, such as that the disk is full.
    """
    try:
        yield
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({reason_of(error)}); {remedy}") from error


def write_whole(path: Path, data: bytes, *, remedy: str = "make room there, or choose another place") -> None:
    """Write or replace a file at once: what is there afterwards is the old file or the new one, never half.

    Raises
    ------
    InputError
        When it cannot be written; nothing of it is left then.
    """
    with writing(path, remedy=remedy):
        target = path.resolve()  # a link stays one
        if target.exists() and not target.is_file():  # such as /dev/stdout
            target.write_bytes(data)
            return
        with whole_file(target, replace=True) as part:
            part.write_bytes(data)
