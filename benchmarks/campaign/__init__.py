"""Faults of every kind against the whole program: `python -m benchmarks.campaign`."""
