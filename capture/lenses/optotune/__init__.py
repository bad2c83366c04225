"""Drivers of Optotune's controllers: ICC (simple and pro mode) and Lens Driver 4."""
