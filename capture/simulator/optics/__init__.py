"""The picture that a thin lens makes of a scene, with correct occlusion."""
