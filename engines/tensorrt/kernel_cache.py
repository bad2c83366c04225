"""What TensorRT for RTX compiles on a GPU when it loads a plan, for the next time."""

import logging
from pathlib import Path
from typing import Any

from engines.compiled.kept_bytes import KeptBytes

_log = logging.getLogger(__name__)


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
        self._file = KeptBytes(path, without="the next start compiles anew")
        self.config = engine.create_runtime_config()
        self._cache = self.config.create_runtime_cache()
        self._kept = self._file.read()
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
        self._file.write(found)
