"""What users choose about depth estimation."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from focstream.frozen_model import FrozenModel

Engine = Literal["auto", "tensorrt", "openvino", "onnxruntime", "torch", "opencv"]
Precision = Literal["auto", "f32", "bf16", "f16", "int8"]


class InferenceConfig(FrozenModel):
    """How focal slices become depth."""

    model: Literal["small", "tiny", "sharpness", "auto"] = "small"
    """What estimates depth. "small": the network FocDepthFormer. "tiny": one with a quarter of its
    arithmetic and somewhat larger errors. "sharpness": classical depth from focus. "auto": the best that
    takes --rate-at-least slices a second here, as measured at the start."""

    rate_at_least: float | None = Field(default=None, gt=0, le=100_000)
    """--model auto: slices a second that are wanted. Default: 10."""

    slices_s_at_most: float | None = Field(default=None, ge=0.01, le=100_000)
    """For trials: compute no more slices a second than this, as a slower computer does."""

    weights: Path | None = None
    """Your own weights for the network (.safetensors) rather than those that come with it; engine torch."""

    engine: Engine = "auto"
    """What computes the model. "auto": the fastest that can be used. "opencv" is for "sharpness" alone."""

    precision: Precision = "auto"
    """How the network computes. "auto": f16 on NVIDIA GPUs, bf16 where it is quicker (AMX), int8 with
    OpenVINO where it is quicker and as good (x86), else f32."""

    device: int | None = Field(default=None, ge=0, le=1023)
    """Number of the NVIDIA GPU that computes the network, from 0. Default: the first, where there is one that
    can be used; otherwise the processor."""

    threads: int = Field(default=0, ge=0, le=1024)
    """Threads that compute the network; 0 = the engine's choice."""

    batch: int = Field(default=1, ge=1, le=64)
    """Slices of a replay that the network encodes in one call. The depth may differ in the last digits."""

    update: Literal["refine", "rolling"] = "refine"
    """"refine": start afresh at each sweep, show every slice. "rolling": every map has seen a whole sweep."""

    maps_per_sweep: int | None = Field(default=None, ge=1, le=10_000)
    """Maps of a sweep, evenly over its slices, the final one among them; the other slices are added without
    one, which costs less. Where nobody knows how many slices a sweep has, 1 is the final map alone, and more
    are all of them. Default: one with every slice."""

    scale: float = 1.0
    """1, 0.5 or 0.25: size of the images that depth is computed on; maps come out at full size."""

    fill: bool = False
    """sharpness: give pixels without texture the depth of their surroundings, with a large uncertainty."""

    @field_validator("scale")
    @classmethod
    def _is_halved(cls, scale: float) -> float:
        if scale not in (1.0, 0.5, 0.25):
            raise ValueError("takes 1, 0.5 or 0.25")
        return scale

    @property
    def depth_options(self) -> dict[str, Any]:
        """By name, what depth depends on; the number of threads changes no more than the last digits."""
        beside = {"threads", "maps_per_sweep", "slices_s_at_most"}
        return self.model_dump(mode="json", include=set(InferenceConfig.model_fields) - beside)
