"""The files of each benchmark, read."""
