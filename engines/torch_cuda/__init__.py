"""The network computed by torch on an NVIDIA GPU, each step recorded once and launched as a whole."""
