"""A long run of the whole program beside a fault a minute: `python -m benchmarks.soak`."""
