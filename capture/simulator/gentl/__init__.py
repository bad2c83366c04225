"""A simulated GenICam camera in C (docs/cameras/genicam.md), and what gives it pictures to show."""
