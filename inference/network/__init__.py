"""FocDepthFormer made streaming: pure functions of slice and state, in torch."""
