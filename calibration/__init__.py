"""Calibration maps what a camera and lens are asked for to what they do: intrinsics, focus, timing."""
