"""The network on OpenVINO, for CPUs. Its door is `runner`."""
