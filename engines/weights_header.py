"""The head of a .safetensors file, checked before anything is made of it.

The format, read without torch and safetensors: eight bytes of length, JSON of that length, the values.
"""

import math
import os
import struct
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, TypeAdapter, ValidationError

from focstream.files.json_file import parse_json
from focstream.files.limits import WEIGHTS_BYTES, WEIGHTS_HEADER_BYTES, WEIGHTS_TENSORS
from focstream.files.user_file import open_file, size_text
from focstream.program.toml_file import first_problem
from focstream.types import InputError

_LENGTH = struct.Struct("<Q")
_BYTES = {
    "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1,
}  # fmt: skip
_METADATA = "__metadata__"


class TensorPlace(BaseModel):
    """A tensor of a file.

    Attributes
    ----------
    dtype
        Such as "F32".
    shape
        Sizes of its axes.
    data_offsets
        Where it begins and ends, from the end of the header.
    """

    model_config = ConfigDict(frozen=True, strict=True)

    dtype: str
    shape: tuple[NonNegativeInt, ...] = Field(max_length=8, strict=False)
    data_offsets: tuple[NonNegativeInt, NonNegativeInt] = Field(strict=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsHeader:
    """What a file of weights announces, which is all in it.

    Attributes
    ----------
    metadata
        Text by key.
    tensors
        By name.
    start
        Where the values begin in the file.
    """

    metadata: dict[str, str]
    tensors: dict[str, TensorPlace]
    start: int


def read_header(path: Path) -> WeightsHeader:
    """Read the head of a file of weights, and hold it against the size of the file.

    Raises
    ------
    InputError
        When the file cannot be read, is no such file, or announces more than is in it.
    """
    remedy = "give a .safetensors file of weights"
    with open_file(path, most_bytes=WEIGHTS_BYTES, remedy=remedy) as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(_LENGTH.size)
        length = int(_LENGTH.unpack(head)[0]) if len(head) == _LENGTH.size else 0
        if not 0 < length <= min(size - _LENGTH.size, WEIGHTS_HEADER_BYTES):
            raise InputError(
                f"{path}: is no file of weights: its header would have {size_text(length)} of "
                f"{size_text(size)}; {remedy}"
            )
        header = parse_header(file.read(length), name=str(path))
    room = size - _LENGTH.size - length
    for name, tensor in header.tensors.items():
        begin, end = tensor.data_offsets
        if not begin <= end <= room or math.prod(tensor.shape) * _BYTES.get(tensor.dtype, -1) != end - begin:
            raise InputError(
                f"{path}: is damaged: its tensor {name[:80]!r} of {tensor.dtype[:20]} {list(tensor.shape)} "
                f"is not where the header says; {remedy}"
            )
    return header


def parse_header(text: bytes, *, name: str) -> WeightsHeader:
    """Parse the JSON of a header; `name` of the file is for messages.

    Raises
    ------
    InputError
        When it is none, or names too many tensors.
    """
    told = parse_json(text, name=f"{name}: the header")
    if not isinstance(told, dict) or len(told) > WEIGHTS_TENSORS:
        raise InputError(f"{name}: is no file of weights, or has more than {WEIGHTS_TENSORS} tensors")
    metadata = told.pop(_METADATA, {})
    try:
        return WeightsHeader(
            metadata=TypeAdapter(dict[str, str]).validate_python(metadata),
            tensors=TypeAdapter(dict[str, TensorPlace]).validate_python(told),
            start=_LENGTH.size + len(text),
        )
    except ValidationError as error:
        raise InputError(f"{name}: is no file of weights ({first_problem(error)})") from None
