"""When a recording goes on in a new file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """When a new file begins.

    Attributes
    ----------
    file_bytes, file_ns
        How large, and of how much recorded time, a file becomes; None for no limit. Between two sweeps; but
        a file never becomes `AT_MOST` times as large or as long.
    keep_bytes
        The oldest files are deleted when all together hold more; None to keep them all.
    """

    file_bytes: int | None = None
    file_ns: int | None = None
    keep_bytes: int | None = None
