"""Intrinsics from a small TOML file, for cameras and folders that do not know their own."""

from dataclasses import replace
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from focstream.frozen_model import FrozenModel
from focstream.program.toml_file import parse_toml, read_toml
from focstream.types import FocalSlice, InputError, Intrinsics

MODELS = {"": (0,), "plumb_bob": (4, 5), "rational_polynomial": (8, 12, 14)}
"""Numbers of coefficients by the name that ROS gives the model; those of other models mean something else."""
_MOST_PX = 10**6


class IntrinsicsFile(FrozenModel):
    """Pinhole intrinsics in pixels, of images of one size.

    Attributes
    ----------
    width_px, height_px
        Size of the images they belong to.
    fx_px, fy_px, cx_px, cy_px, distortion_model, distortion
        As in `focstream.Intrinsics`.
    """

    width_px: int = Field(gt=0, le=_MOST_PX)
    height_px: int = Field(gt=0, le=_MOST_PX)
    fx_px: float = Field(gt=0, le=1e9)
    fy_px: float = Field(gt=0, le=1e9)
    cx_px: float = Field(ge=-1e9, le=1e9)
    cy_px: float = Field(ge=-1e9, le=1e9)
    distortion_model: str = ""
    distortion: tuple[float, ...] = ()

    @model_validator(mode="after")
    def _distortion_has_a_model(self) -> Self:
        if bool(self.distortion) != bool(self.distortion_model):
            raise ValueError("distortion and distortion_model belong together: give both or none")
        if len(self.distortion) not in MODELS.get(self.distortion_model, ()):
            known = "; ".join(f"{name} with {_either(counts)}" for name, counts in MODELS.items() if name)
            raise ValueError(
                f"distortion_model {self.distortion_model[:40]!r} with {len(self.distortion)} coefficients "
                f"cannot be used; give {known}"
            )
        return self

    def attach(self, focal_slice: FocalSlice) -> FocalSlice:
        """Return a slice with these intrinsics.

        Raises
        ------
        InputError
            When it has another size.
        """
        height_px, width_px = focal_slice.image.shape[:2]
        return replace(focal_slice, intrinsics=self.of_size(width_px, height_px))

    def of_size(self, width_px: int, height_px: int) -> Intrinsics:
        """Intrinsics for images of a size.

        Raises
        ------
        InputError
            When they belong to another size.
        """
        if (width_px, height_px) != (self.width_px, self.height_px):
            raise InputError(
                f"the intrinsics are for {self.width_px} × {self.height_px} px, but the images have "
                f"{width_px} × {height_px} px: scale fx, fy, cx and cy to that size"
            )
        return Intrinsics(**self.model_dump(exclude={"width_px", "height_px"}))


def _either(counts: tuple[int, ...]) -> str:
    return " or ".join(map(str, counts))


def read_intrinsics(path: Path) -> IntrinsicsFile:
    """Read a TOML file of intrinsics.

    Raises
    ------
    InputError
        When it cannot be read, is not TOML, or a key is missing, unknown or wrong.
    """
    return read_toml(IntrinsicsFile, path, what="intrinsics")


def parse_intrinsics(data: bytes, *, name: str) -> IntrinsicsFile:
    """Read the bytes of a TOML file of intrinsics; `name` is for messages.

    Raises
    ------
    InputError
        When they are not TOML, or a key is missing, unknown or wrong.
    """
    return parse_toml(IntrinsicsFile, data, name=f"intrinsics {name}")
