"""Finished sweeps as folders of files. Its door is `sweep_saver`."""
