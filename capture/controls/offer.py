"""Which changes of camera, lens and recording a desk offers."""

from collections.abc import Callable
from pathlib import Path

from capture.controls.camera_control import CameraControl
from capture.controls.jog_control import JogControl
from capture.controls.rig import Rig
from capture.controls.sweep_control import RangeControl, SlotsControl
from capture.recording.recorder import Recorder
from capture.recording.switch import RecordingSwitch
from focstream.control.desk import ControlDesk
from focstream.control.pause import Pause


def offer_recording(desk: ControlDesk, folder: Path, record: Callable[[Path], Recorder]) -> RecordingSwitch:
    """Let recordings be begun and ended; they hold every change.

    Parameters
    ----------
    desk
        Where it is offered.
    folder, record
        As of `RecordingSwitch`.
    """
    switch = RecordingSwitch(folder, record, changes=lambda: desk.changes, in_force=lambda: desk.in_force)
    desk.offer("record", switch, stays=False)
    desk.add_listener(switch.hear)
    return switch


def offer_rig(desk: ControlDesk | None, rig: Rig | None, pause: Pause) -> Callable[[], None]:
    """Let be changed what the devices allow, which are open; nothing without a desk.

    Returns
    -------
    Callable
        To be called before they are closed: from then on nobody waits for a change.
    """
    state = None if rig is None else rig.state
    if desk is None or rig is None or state is None:
        return lambda: None
    for setting in state.settings:
        desk.offer(setting.name, CameraControl(rig, setting))
    if state.plan.waveform != "active":  # its planner knows the sweep as it was asked for
        desk.offer("range", RangeControl(rig))
        desk.offer("slots", SlotsControl(rig))
    if state.can_hold and "pause" in desk.names:
        desk.offer("lens", JogControl(rig, pause))
    return rig.closed
