"""From a scene to the picture that a thin lens makes of it, with correct occlusion."""
