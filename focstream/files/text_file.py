"""Text that a user hands over, such as a list of distances."""

from pathlib import Path

from focstream.errors import InputError
from focstream.files.limits import TEXT_BYTES
from focstream.files.user_file import read_file


def read_text(path: Path, *, remedy: str = "check the file and its permissions") -> str:
    """Read a file of UTF-8 text of at most `TEXT_BYTES`.

    Raises
    ------
    InputError
        When it cannot be read, is too long, or is not UTF-8; names the file, and the line if there is one.
    """
    data = read_file(path, most_bytes=TEXT_BYTES, remedy=remedy)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError(f"{path}, line {line}: is not UTF-8 text; save the file as UTF-8") from None
