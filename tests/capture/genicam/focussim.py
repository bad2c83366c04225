"""The bench of the simulated GenTL producer for tests, and what its pictures show."""

from pathlib import Path

from capture.simulator.gentl.shown_focus import shown_dpt as sharpest_dpt

__all__ = ["Bench", "sharpest_dpt"]


class Bench:
    """Sets the camera's lens and faults while it runs."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "focussim.txt"
        self.set()

    def set(self, *lines: str, **values: float) -> None:
        told = [*lines, *(f"{key} {value}" for key, value in values.items())]
        fresh = self.path.with_suffix(".new")
        fresh.write_text("".join(f"{line}\n" for line in told))
        fresh.replace(self.path)  # the camera must never read half a file
