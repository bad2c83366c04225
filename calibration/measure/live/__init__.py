"""Measuring with a camera and a lens: the only part of calibration that knows them."""
