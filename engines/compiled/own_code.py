"""What a compiled graph depends on of focstream itself: the code that makes what engines compile."""

import functools
import hashlib
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_SHARED = ("engines/graphs/*.py", "engines/pictures.py", "inference/network/config.py")
"""_SHARED say what crosses the borders of every graph, and its sizes."""


@functools.cache
def made_by(version: str, room: str) -> str:
    """Return the version of an engine, and of our code that makes what it compiles, as one text."""
    return f"{version}, graphs by {code_digest(room)}"


def code_digest(room: str, root: Path = _ROOT) -> str:
    """Return a short digest of the code that makes graphs for an engine: what older code made is of no use.

    Parameters
    ----------
    room
        Of the engine, such as "openvino".
    root
        Folder of the packages.
    """
    digest = hashlib.sha256()
    for some in (f"engines/{room}/*.py", *_SHARED):
        for path in sorted(root.glob(some)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
