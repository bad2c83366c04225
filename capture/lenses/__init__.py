"""Drivers of real lenses: serial ports, and focus controls of video devices."""
