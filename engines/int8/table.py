"""The table of activation ranges that int8 needs: which layers, and what goes into each.

It lies beside the graphs, and is of one file of weights: of others its numbers would be wrong without a word.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, model_validator

from engines.errors import EngineError
from engines.graphs.folder import Graphs
from engines.processor import int8_weight_bits
from focstream.files.limits import MIB
from focstream.files.user_file import read_file
from focstream.files.writing import write_whole
from focstream.frozen_model import FrozenModel
from focstream.program.toml_file import first_problem
from focstream.types import FocstreamError

_log = logging.getLogger(__name__)

FORMAT = "focstream-ranges/2"
RANGES = "ranges.json"
"""Name of the table in a folder of graphs."""
_FEWEST_BITS = 7
MOST_ERROR_RATIO = 1.05
"""More error against truth than this, in that of float32, and int8 is not chosen by itself."""


class LayerRange(FrozenModel):
    """What goes into a layer: its values lie between these."""

    low: float = Field(le=0)
    """The least."""
    high: float = Field(ge=0)
    """The greatest."""

    @model_validator(mode="after")
    def _is_wide(self) -> Self:
        if not self.high > self.low:
            raise ValueError("a range has a width")
        return self


Ranges = Mapping[str, LayerRange | None]
"""By the digest of a layer's weights; None = stays float32, for only zeros came."""


class RangeTable(FrozenModel):
    """What was measured for all layers that may compute in int8."""

    format: str
    """`FORMAT`."""
    weights_sha256: str
    """Of the file of weights, as `Graphs.weights_digest`."""
    measured_on: str
    """Which stacks, for people."""
    f32_error: float = Field(gt=0)
    """Mean absolute error against the truth of stacks that were not measured on, in float32."""
    int8_error_7_bits: float = Field(gt=0)
    """The same in int8 with weights of seven bits, which all processors add up right."""
    int8_error_8_bits: float | None = Field(gt=0)
    """With weights of eight bits; None = measured on a processor that must not have these."""
    layers: dict[str, LayerRange | None]
    """See `Ranges`."""

    def is_as_good(self, weight_bits: int) -> bool:
        """Say whether int8 was measured to be as good as float32, but for a twentieth of the error."""
        return not self.doubt(weight_bits)

    def doubt(self, weight_bits: int) -> str:
        """Say why int8 is not known to be as good as float32; empty where it is."""
        error = self.int8_error_7_bits if weight_bits == _FEWEST_BITS else self.int8_error_8_bits
        if error is None:
            return f"nobody has measured how good it is with weights of {weight_bits} bits, as here"
        if error <= MOST_ERROR_RATIO * self.f32_error:
            return ""
        return f"its error is {error:.4g} with weights of {weight_bits} bits, and {self.f32_error:.4g} in f32"


def ranges_key(ranges: Ranges, *, weight_bits: int) -> str:
    """Return what a graph in int8 depends on, beside all that others depend on."""
    ends = {name: one and (one.low, one.high) for name, one in ranges.items()}
    digest = hashlib.sha256(json.dumps(ends, sort_keys=True).encode()).hexdigest()
    return f"{digest}, weights of {weight_bits} bits"


def remake(folder: Path) -> str:
    """Return what makes the table of a folder anew, for messages."""
    return f"make it with python -m engines quantise --graphs {folder}"


def read_ranges(graphs: Graphs) -> RangeTable:
    """Read the table that lies beside graphs.

    Raises
    ------
    EngineError
        When there is none, or it is of other weights: then int8 cannot be used.
    InputError
        When the file cannot be read or is damaged.
    """
    path = graphs.folder / RANGES
    if not path.exists():
        raise EngineError(f"{path}: is not there, and int8 needs it; {remake(graphs.folder)}")
    try:
        table = RangeTable.model_validate_json(read_file(path, most_bytes=MIB, remedy=remake(graphs.folder)))
    except ValidationError as error:
        raise EngineError(
            f"{path}: is no table of activation ranges ({first_problem(error)}); {remake(graphs.folder)}"
        ) from None
    if table.format != FORMAT:
        raise EngineError(
            f"{path}: expected the format {FORMAT}, found {table.format[:40]}; {remake(graphs.folder)}"
        )
    if table.weights_sha256 != graphs.weights_digest:
        raise EngineError(
            f"{path}: is of other weights (SHA-256 {table.weights_sha256[:12]}…, these are "
            f"{graphs.weights_digest[:12]}…); {remake(graphs.folder)}"
        )
    return table


def int8_is_as_good(graphs: Graphs) -> bool:
    """Say whether int8 may be chosen by itself: there is a table of these weights, whose errors are small.

    Why it may not is logged, once.
    """
    try:
        why_not = read_ranges(graphs).doubt(int8_weight_bits())
    except FocstreamError as error:
        why_not = str(error)
    else:
        why_not = why_not and f"{why_not}; {remake(graphs.folder)}"
    if why_not:
        _say_once(logging.INFO, f"not used: openvino int8: {why_not}")
    return not why_not


def asked_for_ranges(graphs: Graphs, *, weight_bits: int) -> Ranges:
    """Read the layers of the table for somebody who asked for int8; warn, once, where that is not as good.

    Raises
    ------
    EngineError, InputError
        As `read_ranges`.
    """
    table = read_ranges(graphs)
    if doubt := table.doubt(weight_bits):
        _say_once(logging.WARNING, f"openvino int8: {doubt}; {remake(graphs.folder)}, or use f32")
    return table.layers


@lru_cache
def _say_once(level: int, line: str) -> None:
    _log.log(level, "%s", line)


def write_ranges(graphs: Graphs, table: RangeTable) -> Path:
    """Write the table beside graphs, and return its path.

    Raises
    ------
    InputError
        When it cannot be written.
    """
    path = graphs.folder / RANGES
    write_whole(path, f"{table.model_dump_json(indent=1)}\n".encode())
    return path
