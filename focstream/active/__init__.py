"""Sweeps whose slots are chosen as they go: the wishes of a planner, and how they reach the sweep."""
