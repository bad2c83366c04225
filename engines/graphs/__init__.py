"""The exported ONNX graphs: their layout, their export, and the folder that holds them."""
