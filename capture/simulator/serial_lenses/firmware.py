"""What an emulated controller is to the pseudo-terminal that carries its bytes."""

from typing import Protocol


class Firmware(Protocol):
    """A controller without its port. Every call comes from the same thread."""

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes that arrived and return the answers to the commands that are complete."""
        ...

    def tick(self) -> float | None:
        """Do what is due by now; return the seconds until something else is, None when nothing will be."""
        ...

    def late_error(self) -> bytes:
        """Return what it sends after a damaged command that needs no answer; empty when nothing."""
        ...
