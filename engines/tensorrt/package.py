"""TensorRT, or TensorRT for RTX, which has the same interface: found, and distinguished."""

import importlib.util
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from engines.errors import EngineError
from engines.tensorrt.cuda_memory import Gpu
from focstream.program.extras import install_hint

_log = logging.getLogger(__name__)

Module = Any
"""NVIDIA's bindings: every use of it has the same name in TensorRT 10, 11 and TensorRT for RTX."""
FULL, RTX = "tensorrt", "tensorrt_rtx"
_OLDEST = 10
_PIP = {FULL: install_hint("gpu"), RTX: install_hint("rtx")}


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorRt:
    """NVIDIA's bindings.

    Attributes
    ----------
    name
        "tensorrt" or "tensorrt_rtx".
    module
        The bindings.
    """

    name: str
    module: Module

    @property
    def version(self) -> str:
        """Version of the package; plans are for this version alone."""
        return str(self.module.__version__)

    @property
    def portable(self) -> bool:
        """Whether a plan is for every GPU of a compute capability, and can be built without one."""
        return self.name == RTX

    def device(self, gpu: Gpu) -> str:
        """Name what plans are for."""
        return gpu.capability if self.portable else f"{gpu.name} {gpu.capability}"


def find_tensorrt(names: Sequence[str] = (FULL, RTX)) -> TensorRt:
    """Import the first of these packages that is there.

    Raises
    ------
    EngineError
        When none can be used.
    """
    reasons = []
    for name in names:
        try:
            module = importlib.import_module(name)
        except (ImportError, OSError, RuntimeError) as error:  # OSError: a library of it is missing
            reasons.append(f"{name} cannot be imported ({str(error).splitlines()[0]})")
            continue
        if name == FULL and _major(module) < _OLDEST:
            reasons.append(f"tensorrt {module.__version__} is too old")
            continue
        return TensorRt(name=name, module=module)
    raise EngineError(f"{' and '.join(reasons)}; {_PIP.get(names[0], _PIP[FULL])}")


def require_installed() -> None:
    """Refuse, without importing anything, where neither package is.

    Raises
    ------
    EngineError
        When none is installed.
    """
    if not any(importlib.util.find_spec(name) for name in (FULL, RTX)):
        raise EngineError(f"neither {FULL} nor {RTX} is installed; {_PIP[FULL]}")


class Messages:
    """What TensorRT says: kept for the one line of an error, and logged in detail.

    Attributes
    ----------
    logger
        To be given to every object of TensorRT, and kept as long as they.
    """

    def __init__(self, module: Module) -> None:
        self._errors: list[str] = []
        self.logger = _make_logger(module, self._errors)

    def take(self, otherwise: str) -> str:
        """Return the errors since the last call as one line."""
        text = "; ".join(" ".join(error.split()) for error in self._errors)
        self._errors.clear()
        return text or otherwise


def _make_logger(module: Module, errors: list[str]) -> object:
    severity = module.ILogger.Severity
    serious = (severity.INTERNAL_ERROR, severity.ERROR)

    class Logger(module.ILogger):  # type: ignore[misc]
        def __init__(self) -> None:
            module.ILogger.__init__(self)

        def log(self, severity: object, message: str) -> None:
            if severity in serious:
                errors.append(message)
            else:
                _log.debug("%s", message)

    return Logger()


def _major(module: ModuleType) -> int:
    return int(str(module.__version__).split(".")[0])
