"""Whether Blender is there. Importing it would change this process; see `training.data.blender.scenes`."""

import importlib.util

import pytest

BLENDER = importlib.util.find_spec("bpy") is not None
needs_blender = pytest.mark.skipif(
    not BLENDER, reason='needs Blender, on Python 3.13: pip install "focstream[blender]"'
)
