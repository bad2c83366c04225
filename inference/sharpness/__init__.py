"""Classical depth from focus, streaming: one running weighted parabola per pixel and scale."""

from inference.sharpness.model import SharpnessModel

__all__ = ["SharpnessModel"]
