"""``python -m capture.simulator.serial_lenses KIND``: an emulated lens that any program can talk to."""

import logging
import sys
import threading

import tyro

from capture.simulator.lens.lens import SimulatedLens
from capture.simulator.lens.warm_up import WarmUp
from capture.simulator.serial_lenses.emulated_lens import make_firmware
from capture.simulator.serial_lenses.faults import FaultKind, Faults
from capture.simulator.serial_lenses.pty_device import PtyDevice
from focstream.types import FocstreamError

_PROG = "python -m capture.simulator.serial_lenses"
_log = logging.getLogger(_PROG)


def run(
    kind: tyro.conf.Positional[str],
    /,
    *,
    far_dpt: float = -0.25,
    near_dpt: float = 5.25,
    fault: FaultKind | None = None,
    fault_after_s: float = 10.0,
) -> None:
    """Emulate the controller of a lens behind a pseudo-terminal, print its path, and run until Ctrl-C.

    Parameters
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
    lens = SimulatedLens(far_dpt=far_dpt, near_dpt=near_dpt, warm_up=WarmUp())
    faults = Faults(fault, after_s=fault_after_s)
    with PtyDevice(make_firmware(kind, lens), faults=faults) as device:
        _log.info("--lens %s:%s", kind, device.path)
        threading.Event().wait()


def main() -> int:
    """Run, and return the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    try:
        tyro.cli(run, prog=_PROG)
    except FocstreamError as error:
        _log.error("%s", error)
        return error.exit_code
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
