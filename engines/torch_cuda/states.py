"""Two states of a size that stay where they are, between which steps go to and fro; others wait aside."""

import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(slots=True, weakref_slot=True, eq=False, kw_only=True)
class DeviceState:
    """One state of a stream.

    Attributes
    ----------
    shape
        (B, H, W) of its images.
    side
        Which of the two places it is in, while it is there.
    aside
        Its values while another one is; None = it is in its place, or `fresh`.
    fresh
        Whether no slice has come yet.
    """

    shape: tuple[int, int, int]
    side: int = 0
    aside: list[Tensor] | None = None
    fresh: bool = True


@dataclass(slots=True, kw_only=True)
class Places:
    """The two places for states of one size.

    Attributes
    ----------
    begin
        What every state begins with.
    sides
        The two places.
    """

    begin: Sequence[Tensor]
    sides: tuple[Sequence[Tensor], Sequence[Tensor]]
    _there: "weakref.ref[DeviceState] | None" = field(default=None)

    def bring(self, state: DeviceState) -> None:
        """Let a state be in its place; the one that is there waits aside, where anyone still holds it."""
        before = self._there() if self._there is not None else None
        if before is state:
            return
        if before is not None and not before.fresh:
            before.aside = [values.clone() for values in self.sides[before.side]]
        values = self.begin if state.aside is None else state.aside
        torch._foreach_copy_(list(self.sides[state.side]), list(values))
        state.aside = None
        self._there = weakref.ref(state)
