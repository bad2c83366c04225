"""Simulated rigs that keep their parameters to themselves: what calibration is judged on."""
