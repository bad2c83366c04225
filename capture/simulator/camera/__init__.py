"""The simulated camera: when it exposes, and what its sensor makes of the light."""
