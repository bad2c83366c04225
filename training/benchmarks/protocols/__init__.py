"""The rules of each benchmark, by the paper whose they are."""
