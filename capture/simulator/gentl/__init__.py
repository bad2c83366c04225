"""A simulated GenICam camera in C (docs/genicam.md), and what gives it pictures to show."""
