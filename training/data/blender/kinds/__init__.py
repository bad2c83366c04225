"""The kinds of scenes, one a file: each arranges solids and a camera."""
