"""Cameras, lenses and recordings: everything that makes focal slices."""
