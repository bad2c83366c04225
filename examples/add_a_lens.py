"""A lens of your own: a class that can be asked to focus somewhere. This one speaks lines of text.

python add_a_lens.py
"""

from typing import Self

import focstream

SIM = focstream.SimulatorConfig(width_px=160, height_px=128)


class EmulatedBox:
    """The lens at the far end of the cable: here one that moves the simulated focus."""

    def __init__(self, moved: focstream.Lens) -> None:
        self._moved = moved
        self.heard: list[str] = []

    def ask(self, line: str) -> str:
        self.heard.append(line)
        match line.split():
            case ["FOCUS", dioptres]:
                self._moved.move(float(dioptres))
                return "OK"
            case ["TEMPERATURE"]:
                return "23.5"
        return "ERROR"


class TextLens:
    """A `focstream.Lens`. With a real one, `__enter__` would open the port, and `__exit__` close it."""

    def __init__(self, box: EmulatedBox, limits: focstream.LensInfo) -> None:
        self._box = box
        self.info = focstream.LensInfo(
            name="text", far_dpt=limits.far_dpt, near_dpt=limits.near_dpt, settle_s=limits.settle_s
        )

    def move(self, focus_dpt: float) -> None:
        if self._box.ask(f"FOCUS {focus_dpt:.4f}") != "OK":
            raise focstream.DeviceLostError("the text lens refuses to move; check its cable")

    def temperature_c(self) -> float | None:
        return float(self._box.ask("TEMPERATURE"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


camera, simulated_lens, _ = focstream.open_simulator(SIM)
box = EmulatedBox(simulated_lens)
lens: focstream.Lens = TextLens(box, simulated_lens.info)
sweep = focstream.SweepConfig(slots=8, far_dpt=SIM.far_dpt, near_dpt=SIM.near_dpt)
source = focstream.LiveSweep(camera, lens, sweep=sweep, level="approximate")

with focstream.open_depth(source=source, model="sharpness", sweeps=1) as maps:
    for update in maps:
        centre = update.depth()[64, 80]
        print(f"{update.tag.focus_dpt:.2f} dpt, {update.tag.temperature_c} °C: {centre:.3f} {update.unit}")
print(f"the lens was asked to move {sum(line.startswith('FOCUS') for line in box.heard)} times")
