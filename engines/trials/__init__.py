"""Engines side by side: whether they compute the same, and how fast."""
