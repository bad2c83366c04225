"""What a map says of a part of the picture: median, σ, plane."""
