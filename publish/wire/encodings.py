"""Which data type, unit and topic belong to which encoding of a map."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

Topic = Literal["depth", "sigma", "aif"]
Encoding = Literal["32FC1", "16UC1", "mono8", "bgr8"]
DepthEncoding = Literal["32FC1", "16UC1"]
DType = Literal["<f4", "<u2", "|u1"]
Unit = Literal["m", "mm", "um", "1", ""]
Invalid = Literal["nan"] | Annotated[int, Field(ge=0, le=0)] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodingRule:
    """What the other fields of a header must be under one encoding.

    Attributes
    ----------
    dtype, bytes_per_value
        NumPy type string, little-endian, and its size.
    channels
        None for [h, w], 3 for [h, w, 3].
    invalid
        How a pixel without a value is marked: the text "nan", the number 0, or not at all.
    units, topics
        The ones it may be used with.
    """

    dtype: DType
    bytes_per_value: int
    channels: int | None
    invalid: Invalid
    units: tuple[Unit, ...]
    topics: tuple[Topic, ...]


RULES: dict[Encoding, EncodingRule] = {
    "32FC1": EncodingRule(
        dtype="<f4",
        bytes_per_value=4,
        channels=None,
        invalid="nan",
        units=("m", "um", "1"),
        topics=("depth", "sigma"),
    ),
    "16UC1": EncodingRule(
        dtype="<u2", bytes_per_value=2, channels=None, invalid=0, units=("mm",), topics=("depth",)
    ),
    "mono8": EncodingRule(
        dtype="|u1", bytes_per_value=1, channels=None, invalid=None, units=("",), topics=("aif",)
    ),
    "bgr8": EncodingRule(
        dtype="|u1", bytes_per_value=1, channels=3, invalid=None, units=("",), topics=("aif",)
    ),
}
