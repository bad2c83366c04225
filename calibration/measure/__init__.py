"""Making a calibration: procedures that measure with cameras and lenses, and their fits. Above capture."""
