"""``python -m capture.simulator.serial_lenses KIND``: an emulated lens that any program can talk to."""

if __name__ == "__main__":  # before anything that takes time to import
    from focstream.program.signals import begin

    begin("python -m capture.simulator.serial_lenses")

import sys
import threading
from dataclasses import dataclass
from typing import Annotated

import tyro

from capture.simulator.lens.lens import SimulatedLens
from capture.simulator.lens.warm_up import WarmUp
from capture.simulator.serial_lenses.emulated_lens import make_firmware
from capture.simulator.serial_lenses.faults import FaultKind, Faults
from capture.simulator.serial_lenses.pty_device import PtyDevice
from focstream.program.commands import Command, run_command, say


@dataclass(frozen=True, slots=True, kw_only=True)
class EmulationSettings:
    """Which lens to emulate.

    Attributes
    ----------
    kind
        optotune-ld, optotune-ld-current, optotune-icc or varioptic.
    far_dpt, near_dpt
        Limits of the lens.
    fault
        What goes wrong.
    fault_after_s
        Seconds from the first byte until it does.
    """

    kind: Annotated[str, tyro.conf.Positional]
    far_dpt: float = -0.25
    near_dpt: float = 5.25
    fault: FaultKind | None = None
    fault_after_s: float = 10.0


def emulate_until_interrupted(settings: EmulationSettings) -> None:
    """Emulate the controller of a lens behind a pseudo-terminal, print its path, and run until Ctrl-C.

    Raises
    ------
    InputError
        When there is no such kind.
    """
    lens = SimulatedLens(far_dpt=settings.far_dpt, near_dpt=settings.near_dpt, warm_up=WarmUp())
    faults = Faults(settings.fault, after_s=settings.fault_after_s)
    with PtyDevice(make_firmware(settings.kind, lens), faults=faults) as device:
        say(f"--lens {settings.kind}:{device.path}")
        sys.stdout.flush()  # a reader at the other end of a pipe waits for it
        threading.Event().wait()


def _command() -> Command[EmulationSettings]:
    """Emulate the controller of a lens behind a pseudo-terminal, print its path, and run until Ctrl-C."""
    return Command(EmulationSettings, emulate_until_interrupted)


if __name__ == "__main__":
    sys.exit(run_command(_command, sys.argv[1:], prog="python -m capture.simulator.serial_lenses"))
