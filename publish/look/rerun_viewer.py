"""Starts the Rerun viewer, or finds the one that already runs."""

import os
import socket
import subprocess
import sys
import time

from focstream.types import InputError

PORT = 9876
"""Rerun's own; a viewer opened by hand, or reached through a tunnel, listens here too."""
_START_WITHIN_S = 20.0
_LOOK_S = 0.1
_SAVE_INSTEAD = "or save for later with --view-save FILE.rrd"


def open_viewer(port: int = PORT) -> str:
    """Return the address of a Rerun viewer on this machine, started if none listens yet.

    The viewer is left open when the pipeline ends. Started here rather than by ``rerun.spawn``, whose viewer
    listens on every network interface.

    Raises
    ------
    InputError
        When there is no screen to open it on, or it does not start.
    """
    if not _listens(port):
        _check_screen()
        _start(port)
    return f"rerun+http://127.0.0.1:{port}/proxy"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _check_screen() -> None:
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise InputError(f"--view rerun: no screen here to open a viewer on; use --web PORT, {_SAVE_INSTEAD}")


def _start(port: int) -> None:
    command = [sys.executable, "-m", "rerun", "--bind", "127.0.0.1", "--port", str(port)]
    viewer = subprocess.Popen(
        [*command, "--memory-limit", "2GB", "--expect-data-soon"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C ends the pipeline; the viewer stays, to look around in
    )
    give_up_s = time.monotonic() + _START_WITHIN_S
    while not _listens(port):
        if viewer.poll() is not None or time.monotonic() > give_up_s:
            viewer.terminate()
            raise InputError(
                f"--view rerun: the viewer did not start; type `rerun` to see why, {_SAVE_INSTEAD}"
            )
        time.sleep(_LOOK_S)
