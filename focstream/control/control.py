"""One thing that can be changed while the program runs, and a change of it."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlState:
    """What a control says of itself.

    Attributes
    ----------
    value
        What is set now, as users write it.
    choices
        What it takes; empty where that is any text.
    note
        More for the user, such as how much room is left.
    unit
        Of a number; empty for text.
    lowest, highest, step
        What a number may be; step 0 for any between.
    """

    value: str
    choices: tuple[str, ...] = ()
    note: str = ""
    unit: str = ""
    lowest: float | None = None
    highest: float | None = None
    step: float = 0.0

    @property
    def text(self) -> str:
        """What is set, with its unit."""
        return f"{self.value} {self.unit}" if self.value and self.unit else self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A control was changed.

    Attributes
    ----------
    stamp_ns
        When, in nanoseconds since the epoch.
    control
        Its name.
    before, after
        What was set, and what is.
    """

    stamp_ns: int
    control: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """What was set by the controls when a recording began.

    Attributes
    ----------
    settings
        Name and value of each.
    """

    settings: tuple[tuple[str, str], ...]


class Control(Protocol):
    """Something that can be changed, from any thread."""

    @property
    def state(self) -> ControlState:
        """What is set, and what it takes."""
        ...

    def change(self, value: str) -> None:
        """Set it; returns when that is done, or when it is sure to be done with the next sweep.

        Raises
        ------
        InputError
            When it cannot be; nothing has changed then.
        """
        ...
