"""What a plan depends on of the programs that made it."""

import hashlib
from pathlib import Path

_MAKERS = ("tensorrt/*.py", "graphs/*.py", "pictures.py")


def compiler_version(package_version: str) -> str:
    """Return the version of TensorRT, and of the code that makes what it builds, as one text."""
    return f"{package_version}, graphs by {makers_digest()}"


def makers_digest(engines: Path = Path(__file__).parents[1]) -> str:
    """Return a short digest of the code that makes graphs for TensorRT: plans of older code are of no use."""
    code = b"".join(path.read_bytes() for some in _MAKERS for path in sorted(engines.glob(some)))
    return hashlib.sha256(code).hexdigest()[:12]
