"""What TensorRT for RTX compiles on a GPU when it loads a plan, for the next time."""

import hashlib
import logging
from pathlib import Path
from typing import Any

from focstream.files.limits import MIB
from focstream.files.part_files import whole_file
from focstream.files.user_file import read_file
from focstream.types import InputError

_log = logging.getLogger(__name__)

_DIGEST_BYTES = 32
_MOST_BYTES = 256 * MIB  # against a file of another kind; how large they are has not been seen


class KernelCache:
    """A file of the kernels of one plan, beside it: without, each start compiles them again.

    TensorRT for RTX checks by itself whether they are of its version, this GPU and its driver. A file that is
    damaged or refused, or that cannot be written, costs time and nothing else.

    Parameters
    ----------
    path
        The file; it need not exist.
    engine
        ICudaEngine of TensorRT for RTX.
    """

    def __init__(self, path: Path, engine: Any) -> None:  # noqa: ANN401
        self._path = path
        self.config = engine.create_runtime_config()
        self._cache = self.config.create_runtime_cache()
        self._kept = self._read()
        if self._kept and not self._cache.deserialize(self._kept):
            _log.info("%s: TensorRT refuses these kernels; they are compiled anew", path)
            self._kept = b""
        self.config.set_runtime_cache(self._cache)

    def keep(self) -> None:
        """Write what is compiled by now, where that is not what was read."""
        found = bytes(self._cache.serialize())
        if found == self._kept:
            return
        self._kept = found
        try:
            with whole_file(self._path, replace=True) as making:
                making.write_bytes(hashlib.sha256(found).digest() + found)
        except OSError as error:
            _log.info("%s: cannot be written (%s); the next start compiles anew", self._path, error.strerror)

    def _read(self) -> bytes:
        try:
            content = read_file(self._path, most_bytes=_MOST_BYTES)
        except InputError:
            return b""
        digest, found = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
        return found if hashlib.sha256(found).digest() == digest else b""
