"""Webcams through OpenCV. Its door is `camera`."""
