"""A folder of images as a source of focal slices. Its door is `source`."""
