"""Finds the GPU that torch computes on."""

import warnings

from engines.errors import EngineError, NoDeviceError
from engines.tensorrt.cuda_memory import has_nvidia_device
from focstream.program.extras import need_extra


def require_nvidia_device() -> None:
    """Say at once that there is no GPU, before anything large is imported to look for one.

    Raises
    ------
    NoDeviceError
        When the system knows no GPU of NVIDIA's.
    """
    if not has_nvidia_device():
        raise NoDeviceError(
            "this computer has no NVIDIA GPU that its system knows of; use an engine for CPUs"
        )


def torch_device(number: int, *, precision: str) -> str:
    """Return torch's name for a GPU, such as "cuda:0", which can compute in `precision`.

    Raises
    ------
    NoDeviceError
        When there is no GPU.
    EngineError
        Without a torch that can use it, when there is no GPU of this number, or it lacks the precision.
    """
    require_nvidia_device()
    need_extra("torch", extra="train", what="torch on CUDA", error=EngineError)
    import torch

    if torch.version.cuda is None:
        raise EngineError(
            f"torch {torch.__version__} is built without CUDA; install one that has it, as pytorch.org says "
            "under Get Started"
        )
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        usable = torch.cuda.is_available()
    if not usable:
        reason = str(told[-1].message).splitlines()[0] if told else "no usable device"
        raise EngineError(
            f"torch {torch.__version__} finds no CUDA ({reason}); check the driver with nvidia-smi, "
            f"which must be for CUDA {torch.version.cuda} or later"
        )
    count = torch.cuda.device_count()
    if number >= count:
        raise EngineError(f"--device {number}: torch sees {count} NVIDIA GPUs, numbered from 0")
    with torch.cuda.device(number):
        if precision == "bf16" and not torch.cuda.is_bf16_supported(including_emulation=False):
            raise EngineError(f"{torch.cuda.get_device_name(number)} does not compute in bfloat16; use f16")
    return f"cuda:{number}"
