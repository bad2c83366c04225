"""From focal slices to depth maps."""
