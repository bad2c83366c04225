"""What TensorRT measured on a GPU while it built one plan, for the next one."""

import hashlib
import logging
from pathlib import Path
from typing import Any

from engines.compiled.kept_bytes import KeptBytes
from engines.tensorrt.cuda_memory import Gpu
from engines.tensorrt.package import TensorRt

_log = logging.getLogger(__name__)


class TimingCache:
    """A file of times, which saves most of the minutes that another plan for the same GPU would take.

    TensorRT checks by itself whether the times are of its version and of this GPU. A file that it refuses,
    or that is damaged or cannot be written, costs time and nothing else.

    Parameters
    ----------
    cache
        Folder for what is kept between runs.
    tensorrt, gpu
        What measured, and where.
    """

    def __init__(self, cache: Path, *, tensorrt: TensorRt, gpu: Gpu) -> None:
        made_on = f"{tensorrt.version} {tensorrt.device(gpu)}"
        digest = hashlib.sha256(made_on.encode()).hexdigest()[:16]
        path = cache / "timings" / f"{tensorrt.name}-{gpu.capability}-{digest}.cache"
        self._file = KeptBytes(path, without="the next build measures anew")

    def attach(self, config: Any) -> Any:  # noqa: ANN401 - IBuilderConfig, ITimingCache
        """Let a build read and add to it; return what `keep` takes when it is done."""
        for kept in (self._file.read(), b""):
            timings = config.create_timing_cache(kept)
            if timings is not None and config.set_timing_cache(timings, False):
                return timings
            _log.info("%s: TensorRT refuses these times; it measures anew", self._file.path)
        return None

    def keep(self, timings: Any) -> None:  # noqa: ANN401 - ITimingCache
        """Write what is known after a build."""
        self._file.write(bytes(timings.serialize()))
