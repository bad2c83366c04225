"""The focus of a GenICam camera: which of its features moves it, and what that means in dioptres."""

from dataclasses import dataclass
from typing import Literal

from capture.genicam.config import FeatureNames
from capture.genicam.nodes import Nodes


@dataclass(frozen=True, slots=True, kw_only=True)
class FocusFeature:
    """A feature of a camera that moves its focus.

    Attributes
    ----------
    name
        Name of the feature.
    kind
        power: dioptres of the lens. distance: millimetres to what is sharp. steps: of a motor, of which
        nothing more is known; then the dioptres here are only a coordinate, 0 far … 1 near.
    lowest, highest
        Limits of the feature in its own unit.
    offset_dpt
        Object-side vergence minus focal power.
    """

    name: str
    kind: Literal["power", "distance", "steps"]
    lowest: float
    highest: float
    offset_dpt: float = 0.0

    @property
    def is_metric(self) -> bool:
        """True when its dioptres are dioptres, not only a coordinate."""
        return self.kind != "steps"

    @property
    def limits_dpt(self) -> tuple[float, float]:
        """Far and near limit."""
        ends = (self.to_dpt(self.lowest), self.to_dpt(self.highest))
        return min(ends), max(ends)

    def to_dpt(self, value: float) -> float:
        """Vergence in dioptres of a value of the feature."""
        if self.kind == "power":
            return value + self.offset_dpt
        if self.kind == "distance":
            return 1000.0 / max(value, 1e-3)
        return (self.highest - value) / (self.highest - self.lowest)  # SFNC: step 0 is closest

    def from_dpt(self, focus_dpt: float) -> float:
        """Return the value that asks for a vergence, within the limits."""
        if self.kind == "power":
            value = focus_dpt - self.offset_dpt
        elif self.kind == "distance":
            value = 1000.0 / max(focus_dpt, 1e-6)
        else:
            value = self.highest - focus_dpt * (self.highest - self.lowest)
        return min(max(value, self.lowest), self.highest)

    def chunk_to_dpt(self, chunk: str, value: float) -> float | None:
        """Vergence that a focus chunk reports; None when its unit is not that of this feature."""
        if "Power" in chunk and self.kind == "power":
            return self.to_dpt(value)
        if "Power" not in chunk and self.kind == "steps":
            return self.to_dpt(value)
        return None


def select_controller(camera: Nodes, names: FeatureNames) -> None:
    """Select the controller of the lens, where the camera may have several."""
    offered = camera.entries("OpticControllerSelector")
    found = next((one for one in names.focus_controller if one in offered), None)
    if found is not None:
        camera.set("OpticControllerSelector", found)


def find_focus(camera: Nodes, names: FeatureNames, *, offset_dpt: float = 0.0) -> FocusFeature | None:
    """Return the feature that moves the camera's focus, those with a unit first; None without."""
    kinds: tuple[tuple[Literal["power", "distance", "steps"], tuple[str, ...]], ...] = (
        ("power", names.focus_power_dpt),
        ("distance", names.focus_distance_mm),
        ("steps", names.focus_steps),
    )
    for kind, candidates in kinds:
        name = camera.first(candidates)
        limits = None if name is None else camera.limits(name)
        if name is not None and limits is not None and limits[1] > limits[0]:
            return FocusFeature(
                name=name, kind=kind, lowest=limits[0], highest=limits[1], offset_dpt=offset_dpt
            )
    return None
