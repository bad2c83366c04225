"""The network, computed by what the machine has: torch, ONNX Runtime or OpenVINO, behind one interface."""
