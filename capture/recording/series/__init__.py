"""Recordings of one run in several files."""
