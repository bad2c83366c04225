"""Programming a camera's own sequencer: one set of features for each exposure, taken in a ring."""

from collections.abc import Sequence

from capture.genicam.focus import FocusFeature
from capture.genicam.nodes import Nodes
from focstream.types import InputError


def program_sequencer(
    camera: Nodes, feature: FocusFeature, focus_dpt: Sequence[float], *, steps_name: str | None, name: str
) -> int:
    """Write one sequencer set for each focus, each followed by the next and the last by the first.

    The camera must not be running.

    Parameters
    ----------
    camera, name
        Camera to program, and its name for messages.
    feature
        Moves the focus.
    focus_dpt
        Vergence of each exposure of the ring.
    steps_name
        The motor's feature, for sequencers that know only steps.

    Returns
    -------
    int
        Number of the first set.
    """
    sets = camera.limits("SequencerSetSelector")
    if sets is None or "On" not in camera.entries("SequencerMode"):
        raise InputError(f"{name} has no sequencer; use --genicam.timing software or free")
    room = int(sets[1] - sets[0]) + 1
    if len(focus_dpt) > room:
        raise InputError(
            f"the sequencer of {name} has {room} sets and the sweep needs {len(focus_dpt)}: "
            "choose fewer --sweep.slots"
        )
    camera.set("SequencerMode", "Off")
    camera.set("SequencerConfigurationMode", "On")
    moved = _choose_feature(camera, feature, steps_name=steps_name, name=name)
    first = int(sets[0])
    for index, dpt in enumerate(focus_dpt):
        camera.set("SequencerSetSelector", first + index)
        value = _value(camera, feature, moved, dpt)
        well = camera.set(moved, value)
        camera.set("SequencerPathSelector", 0)
        well = camera.set("SequencerSetNext", first + (index + 1) % len(focus_dpt)) and well
        if not (well and camera.run("SequencerSetSave")):
            raise InputError(
                f"{name} refuses sequencer set {first + index} ({moved} {value:g}); "
                "use --genicam.timing software or free"
            )
    camera.set("SequencerSetStart", first)
    camera.set("SequencerConfigurationMode", "Off")
    if not camera.set("SequencerMode", "On"):
        raise InputError(f"{name} does not switch its sequencer on; use --genicam.timing software or free")
    return first


def stop_sequencer(camera: Nodes) -> None:
    """Switch the sequencer off."""
    camera.set("SequencerMode", "Off")


def _choose_feature(camera: Nodes, feature: FocusFeature, *, steps_name: str | None, name: str) -> str:
    entries = camera.entries("SequencerFeatureSelector")
    moved = next((one for one in (feature.name, steps_name) if one in entries), None)
    if moved is None:
        raise InputError(
            f"the sequencer of {name} cannot move its focus (it has {', '.join(entries) or 'nothing'}); "
            "use --genicam.timing software or free"
        )
    for entry in entries:  # what is not switched on is not touched by the sequencer
        camera.set("SequencerFeatureSelector", entry)
        camera.set("SequencerFeatureEnable", entry == moved)
    return moved


def _value(camera: Nodes, feature: FocusFeature, moved: str, focus_dpt: float) -> float:
    if moved == feature.name:
        value = feature.from_dpt(focus_dpt)
    else:  # by share of the range: what the steps mean in dioptres only the camera knows
        limits = camera.limits(moved) or (0.0, 1.0)
        far_dpt, near_dpt = feature.limits_dpt
        value = limits[1] - (focus_dpt - far_dpt) / (near_dpt - far_dpt) * (limits[1] - limits[0])
    return round(value) if camera.is_integer(moved) else value
