"""The network on TensorRT, for NVIDIA GPUs. Its door is `runner`."""
