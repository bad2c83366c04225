"""Setting a camera up, where cameras differ from the standard."""
