"""Keeps the memory of one slice for the next, instead of giving it back to the system in between."""

import ctypes
import sys

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # glibc's malloc.h
_KEEP_BYTES = 256 * 2**20
_LARGEST_KEPT_BYTES = 32 * 2**20  # glibc allows no more


def keep_freed_memory() -> bool:
    """Make glibc's allocator keep up to 256 MiB of freed memory; True when it does.

    A slice takes and frees dozens of arrays of a megabyte or more. By default each comes fresh from the
    system and is filled page by page, which costs more than computing what goes into it. Elsewhere than on
    glibc this does nothing.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, _LARGEST_KEPT_BYTES) and mallopt(_M_TRIM_THRESHOLD, _KEEP_BYTES))
