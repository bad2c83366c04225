"""Scenes of our own making, rendered with Blender: sharp pictures with exact depth."""
