"""Registration of focal slices with each other, for cameras and hands that did not keep still."""
