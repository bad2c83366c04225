"""The table of all sweeps: what is in it, and how it grows."""
