"""TensorRT, or TensorRT for RTX, which has the same interface: found, and distinguished."""

import importlib.util
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from engines.errors import EngineError
from engines.tensorrt.cuda_memory import Gpu
from engines.tensorrt.driver import advice, driver_version
from focstream.program.extras import install_hint

_log = logging.getLogger(__name__)

Module = Any
"""NVIDIA's bindings: every use of it has the same name in TensorRT 10, 11 and TensorRT for RTX."""
FULL, RTX = "tensorrt", "tensorrt_rtx"
_OLDEST = 10
_MOST_ERRORS = 20


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

    def made(self, make: Callable[[object], Any]) -> Any:  # noqa: ANN401
        """Make a runtime or a builder, with the logger that is given to `make`.

        Raises
        ------
        EngineError
            When TensorRT cannot use the GPU, such as with a driver that is older than its CUDA: its bindings
            raise TypeError then.
        """
        messages = Messages(self.module)
        try:
            return make(messages.logger)
        except (TypeError, RuntimeError) as error:
            said = messages.take(str(error).partition("\n")[0])
            raise EngineError(
                f"{self.name} {self.version} cannot use the GPU ({said}); {advice(driver_version())}"
            ) from None

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
    raise EngineError(f"{' and '.join(reasons)}; {_how_to_install(names)}")


def require_installed() -> None:
    """Refuse, without importing anything, where neither package is.

    Raises
    ------
    EngineError
        When none is installed.
    """
    if not any(importlib.util.find_spec(name) for name in (FULL, RTX)):
        raise EngineError(f"neither {FULL} nor {RTX} is installed; {_how_to_install()}")


def _how_to_install(names: Sequence[str] = (FULL, RTX)) -> str:
    """Return the line to type: for the driver that is here, or to build for other machines."""
    driver = driver_version()
    if tuple(names) == (RTX,):
        return install_hint("rtx")
    return install_hint("gpu") if driver is None else advice(driver)


class Messages:
    """What TensorRT says: kept for the one line of an error, and logged in detail.

    TensorRT keeps one logger for the whole process, whatever others it is given later, and uses it for as
    long as any of its objects lives (https://github.com/NVIDIA/TensorRT/issues/4134). So there is only one;
    what it said before this was made is forgotten.

    Attributes
    ----------
    logger
        To be given to every object of TensorRT.
    """

    def __init__(self, module: Module) -> None:
        if module.ILogger not in _LOGGERS:
            errors: deque[str] = deque(maxlen=_MOST_ERRORS)
            _LOGGERS[module.ILogger] = (_make_logger(module, errors), errors)
        self.logger, self._errors = _LOGGERS[module.ILogger]
        self._errors.clear()  # what was said before is about something else

    def take(self, otherwise: str) -> str:
        """Return the errors since the last call as one line."""
        said = [self._errors.popleft() for _ in range(len(self._errors))]
        return "; ".join(" ".join(error.split()) for error in said) or otherwise


_LOGGERS: dict[type, tuple[object, deque[str]]] = {}


def _make_logger(module: Module, errors: deque[str]) -> object:
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
