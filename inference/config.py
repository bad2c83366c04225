"""What users choose about depth estimation."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class InferenceConfig(BaseModel):
    """How focal slices become depth."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    model: Literal["sharpness"] = "sharpness"
    """What estimates depth. "sharpness": classical depth from focus, needs no training."""

    engine: Literal["auto", "opencv"] = "auto"
    """What computes the model. "auto": the fastest that is there; for "sharpness" that is OpenCV."""

    update: Literal["refine", "rolling"] = "refine"
    """"refine": start afresh at each sweep, show every slice. "rolling": every map has seen a whole sweep."""

    fill: bool = False
    """Give pixels without texture the depth of their surroundings, with a large uncertainty."""
