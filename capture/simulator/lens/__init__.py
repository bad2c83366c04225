"""The simulated lens: where the focus is at any time, given the commands so far."""
