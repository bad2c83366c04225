"""Planners of active sweeps: where to focus next, from what is known so far."""
