"""Kinds of numbers that options take, with their bounds; `check_settings` holds dataclasses to them.

Models of pydantic check themselves.
"""

from typing import Annotated

from pydantic import Field

Count = Annotated[int, Field(ge=1, le=10**9)]
"""How many, one at least."""
NumberFromZero = Annotated[int, Field(ge=0, le=10**9)]
"""How many, or which; often 0 = the program's choice."""
Seed = Annotated[int, Field(ge=0, lt=2**63)]
"""Where random numbers begin."""
Processes = Annotated[int, Field(ge=1, le=256)]
"""Processes at once."""
Threads = Annotated[int, Field(ge=0, le=1024)]
"""Threads at once; 0 = the program's choice."""
SidePx = Annotated[int, Field(ge=16, le=16_384)]
"""Side of a picture."""
SliceCount = Annotated[int, Field(ge=1, le=10_000)]
"""Slices of a sweep."""
Share = Annotated[float, Field(ge=0.0, le=1.0)]
"""A part of a whole."""
Positive = Annotated[float, Field(gt=0.0)]
"""Above 0, and finite unless the default is not."""
NotNegative = Annotated[float, Field(ge=0.0)]
"""0 or more, and finite unless the default is not."""
