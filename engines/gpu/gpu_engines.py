"""Which engines a stage tries: all that compute on a GPU; in a rehearsal some of the processor's."""

from typing import Any

from engines.base import Runner
from engines.choice.choose import on_gpu
from engines.errors import EngineError
from engines.gpu.findings import StageWork
from engines.gpu.gpu_or_double import require_gpu
from engines.runners import RUNNERS, RunnerInputs, matching, open_runner

_REHEARSED = ("onnxruntime f32", "openvino f32")


def open_engines(work: StageWork) -> tuple[dict[str, Runner[Any, Any]], dict[str, str], RunnerInputs]:
    """Open all that can run; return them, why the others cannot, and what they were made from.

    Raises
    ------
    NoDeviceError
        Without a GPU, but for a rehearsal.
    """
    if not work.rehearse:
        require_gpu()
    inputs = matching(None, None)
    runners: dict[str, Runner[Any, Any]] = {}
    reasons: dict[str, str] = {}
    for name in names(work):
        try:
            runners[name] = open_runner(name, inputs)
        except EngineError as error:
            reasons[name] = str(error)
    return runners, reasons, inputs


def names(work: StageWork) -> tuple[str, ...]:
    """Names of `RUNNERS` that compute on a GPU."""
    if work.rehearse:
        return _REHEARSED
    return tuple(name for name in RUNNERS if on_gpu(name))


def none_can_run(reasons: dict[str, str]) -> str:
    """Say why no engine was tried."""
    return "no engine can run: " + "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
