"""What all validated settings and files have in common."""

from pydantic import BaseModel, ConfigDict


class FrozenModel(BaseModel):
    """A pydantic model that never changes, and refuses keys it does not know and numbers that are none.

    The docstring below an attribute is its description: the help of the command line is made from it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)
