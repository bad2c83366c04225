"""JSON that a user hands over."""

import json
from pathlib import Path

from focstream.errors import InputError
from focstream.files.limits import JSON_BYTES
from focstream.files.user_file import read_file


def read_json(path: Path, *, remedy: str = "check the file and its permissions") -> object:
    """Read a file of JSON.

    Raises
    ------
    InputError
        When it cannot be read, is longer than `JSON_BYTES`, or is not JSON; names the file.
    """
    return parse_json(read_file(path, most_bytes=JSON_BYTES, remedy=remedy), name=str(path))


def parse_json(data: bytes, *, name: str) -> object:
    """Parse the bytes of a JSON file; `name` is for messages.

    Raises
    ------
    InputError
        When they are not JSON, or nested more deeply than Python reads.
    """
    try:
        return json.loads(data.decode("utf-8"))
    except ValueError as error:
        raise InputError(f"{name} is not JSON ({error})") from None
    except RecursionError:
        raise InputError(f"{name} is nested too deeply for JSON; is it the right file?") from None
