"""The GPU that a stage works on, or in a rehearsal a double of it on host memory."""

from engines.errors import NoDeviceError
from engines.gpu.cuda_double import CudaDouble
from engines.tensorrt.cuda_memory import Cuda, CudaPython, has_nvidia_device, open_cuda

NO_GPU = "no GPU"


def open_gpu(double: CudaDouble | None) -> Cuda:
    """Open the GPU, or the double where there is one.

    Raises
    ------
    NoDeviceError
        When the system knows no GPU of NVIDIA's.
    EngineError
        When there is one that cannot be used.
    """
    if double is not None:
        return CudaPython(double)
    require_gpu()
    return open_cuda()


def double_of(*, rehearse: bool) -> CudaDouble | None:
    """Return what stands in for the GPU, in a rehearsal."""
    return CudaDouble() if rehearse else None


def require_gpu() -> None:
    """Refuse a machine whose system knows no GPU of NVIDIA's."""
    if not has_nvidia_device():
        raise NoDeviceError(NO_GPU)
