"""Recordings: MCAP files with every slice, read back through the same path as a live camera."""
