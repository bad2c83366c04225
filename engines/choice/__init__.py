"""Which model computes depth, and how fast it is here. Its doors are `choose` and `readiness`."""
