"""The GPU that a stage works on, or in a rehearsal a double of it on host memory."""

from engines.errors import NoDeviceError
from engines.gpu.host_cuda import HostCuda
from engines.tensorrt.cuda_memory import Cuda, has_nvidia_device, open_cuda

NO_GPU = "no GPU"


def open_gpu(*, rehearse: bool) -> Cuda:
    """Open the GPU, or the double.

    Raises
    ------
    NoDeviceError
        When the system knows no GPU of NVIDIA's.
    EngineError
        When there is one that cannot be used.
    """
    if rehearse:
        return HostCuda()
    require_gpu()
    return open_cuda()


def require_gpu() -> None:
    """Refuse a machine whose system knows no GPU of NVIDIA's."""
    if not has_nvidia_device():
        raise NoDeviceError(NO_GPU)
