"""What happens to a depth map: the wire, files, those who look."""
