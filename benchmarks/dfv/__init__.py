"""What a map costs by DFV's network, which takes whole stacks, beside our own."""
