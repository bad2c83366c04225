"""Estimators make depth maps from focal slices."""
