"""Procedural scenes with known depth. Its door is `kinds`."""
