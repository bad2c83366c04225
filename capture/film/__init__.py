"""A film of a focus sweep as a source of focal slices. Its door is `source`."""
