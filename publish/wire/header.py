"""The header of one message, checked field by field."""

import json
from math import prod
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    ValidationError,
    field_validator,
    model_validator,
)

from focstream.types import CalibrationLevel, MessageError
from publish.wire.encodings import RULES, DType, Encoding, Invalid, Topic, Unit

MAX_SIDE_PX = 16_384
"""Longest side of a map that a reader accepts."""

VERSION = 1

Count = Annotated[int, Field(ge=0, le=2**63 - 1)]
Text = Annotated[str, Field(max_length=256)]
Size = Annotated[int, Field(ge=1, le=MAX_SIDE_PX)]


class RegionNumbers(BaseModel):
    """What a map says of one region; lengths in the unit of the map, null where there is no number."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, use_attribute_docstrings=True)

    name: Annotated[str, Field(max_length=32)]
    """As it was asked for."""
    x_px: Count
    """Its left pixel."""
    y_px: Count
    """Its upper pixel."""
    width_px: Size
    """Its width."""
    height_px: Size
    """Its height."""
    median: FiniteFloat | None
    """Depth of its sure pixels; null where there are none, and at or beyond infinity."""
    sigma: FiniteFloat | None
    """Standard deviation of a single one of them."""
    angle_deg: FiniteFloat | None
    """Between the normal of the plane through it and the optical axis."""
    flatness: FiniteFloat | None
    """Width of the band about that plane that holds 95 % of its sure pixels."""
    sure_share: FiniteFloat | None
    """Share of its pixels that are sure."""


class Header(BaseModel):
    """What travels in front of the pixels, named as on the wire.

    Readers ignore fields they do not know, so fields can be added without a new version.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, use_attribute_docstrings=True)

    v: int
    """Version of the format."""
    topic: Topic
    """Which stream: the depth map, its standard deviation, or the all-in-focus image."""
    run_id: Text = ""
    """Names this run of the publisher, differently in each run; empty from a publisher that names none."""
    seq: Count
    """Counts the publisher's updates; a step of more than one is a map this reader did not see."""
    sweep: Count
    """Number of the sweep since the start."""
    slice: Count
    """Index of the slice that caused this map, in the sweep plan."""
    stamp_ns: Count
    """Middle of that slice's exposure, nanoseconds since the epoch."""
    clock: Literal["device", "host"]
    """The clock that stamped `stamp_ns`."""
    sent_ns: Count
    """When the publisher sent the message, nanoseconds since the epoch."""
    dtype: DType
    """NumPy type string of the pixels."""
    shape: tuple[Size, Size] | tuple[Size, Size, Size]
    """[h, w], or [h, w, 3] for colour; row-major."""
    encoding: Encoding
    """Encoding as in ROS ``sensor_msgs/Image``."""
    unit: Unit
    """"m", "mm", "um" (of height), "1" for the sweep coordinate (0 far … 1 near), or empty for an image."""
    invalid: Invalid
    """How a pixel without a value is marked."""
    K: Annotated[tuple[FiniteFloat, ...], Field(min_length=9, max_length=9)]
    """Intrinsics in pixels, row by row; nine zeros when unknown."""
    D: Annotated[tuple[FiniteFloat, ...], Field(max_length=16)]
    """Distortion coefficients; empty when there are none."""
    distortion_model: Text
    """Model as in ROS ``sensor_msgs/CameraInfo``; empty when there is none."""
    frame_id: Text
    """Name of the optical frame: x right, y down, z forward."""
    depth_range: tuple[FiniteFloat, FiniteFloat | None] | None
    """[near, far] limits of the sweep in the unit of the map, far null for infinity; null for an image."""
    dropped: Count
    """Slices the source has lost since the start."""
    model: Text
    """Name of the network or method."""
    engine: Text
    """What ran it."""
    calibration_id: Text
    """Names the calibration; empty without one."""
    slices_seen: Count
    """Slices fused into this map."""
    slots: Count | None = None
    """Slices of a whole sweep; null where that is not known beforehand."""
    final: bool
    """True for the last map of its sweep."""
    calibrated: CalibrationLevel
    """How far metric values may be trusted."""
    broken: bool
    """Slices of its sweep are missing; in a final map with `slots`: exactly when the sweep is incomplete."""
    reconnects: Count
    """How often a device was lost and found again since the start."""
    regions: Annotated[tuple[RegionNumbers, ...], Field(max_length=64)] = ()
    """What the map says of the regions asked for; only in front of a depth map."""
    slots_taken: Annotated[tuple[FiniteFloat, ...], Field(max_length=256)] | None = None
    """Of an active sweep: the sweep coordinates of its slices so far; null in other sweeps."""
    ended: Literal["enough", "limit", "broken"] | None = None
    """Why an active sweep ended, in its final map; null in other maps."""

    @field_validator("v")
    @classmethod
    def _known_version(cls, version: int) -> int:
        if version != VERSION:
            raise ValueError(f"version {version} is not known here, only {VERSION}; update the older side")
        return version

    @model_validator(mode="after")
    def _fields_belong_together(self) -> Self:
        rule = RULES[self.encoding]
        channels = self.shape[2] if len(self.shape) == 3 else None
        claims = {
            f"dtype {self.dtype}": self.dtype == rule.dtype,
            f"topic {self.topic}": self.topic in rule.topics,
            f"unit {self.unit!r}": self.unit in rule.units,
            f"invalid {self.invalid!r}": self.invalid == rule.invalid,
            f"shape {list(self.shape)}": channels == rule.channels,
        }
        for claim, fits in claims.items():
            if not fits:
                raise ValueError(f"{claim} does not belong to encoding {self.encoding}")
        return self

    @property
    def pixel_bytes(self) -> int:
        """How many bytes of pixels the shape and the data type ask for."""
        return prod(self.shape) * RULES[self.encoding].bytes_per_value

    def to_json(self) -> bytes:
        """ASCII JSON on one line; without `regions` where none were asked for."""
        fields = self.model_dump(exclude=None if self.regions else {"regions"})
        return json.dumps(fields, allow_nan=False, separators=(",", ":")).encode("ascii")

    @classmethod
    def of(cls, values: dict[str, Any]) -> Self:
        """Make a header of its fields.

        Raises
        ------
        MessageError
            When one of them is not what the format allows.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise MessageError(
                f"the map of sweep {values.get('sweep')} cannot be published: {_first_fault(error)}; "
                "see which stamps and frame ids the camera sends"
            ) from None

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Read and check a header.

        Raises
        ------
        MessageError
            When it is not plain ASCII JSON, or a field is missing or wrong.
        """
        if not text.isascii():
            raise MessageError("the header is not ASCII; is the publisher of another version?")
        try:
            # Only the standard parser can be made to refuse NaN tokens and repeated names everywhere.
            json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_refuse_repeated)
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise MessageError(f"the header cannot be used: {_first_fault(error)}") from None
        except (ValueError, RecursionError) as error:
            raise MessageError(f"the header is not valid JSON: {error}") from None


def _refuse_constant(token: str) -> None:
    raise ValueError(f"{token} is not a JSON number")


def _refuse_repeated(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a field is given twice")


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(step) for step in fault["loc"][:3])
    return f"{place}: {fault['msg']}" if place else fault["msg"]
