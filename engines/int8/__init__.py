"""int8: ranges of what goes into layers, measured once for each file of weights. Its door is `quantise`."""
