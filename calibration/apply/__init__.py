"""Using a calibration: the profile, and what it does to slices and maps. Below capture."""
