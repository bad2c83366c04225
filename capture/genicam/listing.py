"""Finds the GenICam cameras that are connected, and what each can do."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from capture.camera_listing import CameraListing
from capture.genicam.config import FeatureNames
from capture.genicam.focus import find_focus
from capture.genicam.nodes import Nodes
from capture.genicam.producers import describe, open_harvester, producer_of
from capture.genicam.sdk import GenicamSdk, SdkObject, interrupt_kept, load_sdk, release
from capture.genicam.settings.triggers import can_trigger


def list_genicam_cameras(
    *, cti_files: Sequence[Path] = (), abilities: bool = False, names: FeatureNames | None = None
) -> tuple[CameraListing, ...]:
    """List the cameras that the installed GenTL producers find.

    Parameters
    ----------
    cti_files
        Producers to load besides those that ``GENICAM_GENTL64_PATH`` names.
    abilities
        Open each camera for a moment and ask what it can do.
    names
        Candidates for the names of its features.

    Raises
    ------
    MissingPackageError
        When harvesters and genicam are not installed.
    InputError
        When one of `cti_files` cannot be loaded.
    """
    sdk = load_sdk()
    with open_harvester(sdk, cti_files) as harvester:
        listings = [describe(sdk, device) for device in harvester.device_info_list]
        if not abilities:
            return tuple(listings)
        found = Counter(listing.selector for listing in listings)
        return tuple(
            _with_abilities(
                sdk,
                harvester,
                device,
                listing,
                names=names or FeatureNames(),
                through=producer_of(device) if found[listing.selector] > 1 else None,
            )
            for device, listing in zip(list(harvester.device_info_list), listings, strict=True)
        )


def _with_abilities(
    sdk: GenicamSdk,
    harvester: SdkObject,
    device: SdkObject,
    listing: CameraListing,
    *,
    names: FeatureNames,
    through: str | None,
) -> CameraListing:
    """Add what a camera can do, and which producer found it where several did."""
    try:
        with interrupt_kept():
            acquirer = harvester.create(device)
        try:
            able = _abilities(Nodes(sdk, acquirer.remote_device.node_map), names)
        finally:
            release(acquirer)
    except sdk.errors:
        able = ("in use, or not to be opened",)
    if through is not None:
        able += (f"through {Path(through).name}",)
    return CameraListing(
        kind=listing.kind,
        selector=listing.selector,
        vendor=listing.vendor,
        model=listing.model,
        serial=listing.serial,
        abilities=able,
    )


def _abilities(camera: Nodes, names: FeatureNames) -> tuple[str, ...]:
    found = [f"{camera.value('Width')}×{camera.value('Height')} {camera.value('PixelFormat')}"]
    if can_trigger(camera, names):
        found.append("software trigger")
    if "On" in camera.entries("SequencerMode"):
        found.append("sequencer")
    if camera.entries("ChunkSelector"):
        found.append("chunks")
    focus = find_focus(camera, names)
    if focus is None:
        found.append("no focus of its own")
    else:
        unit = "dpt" if focus.is_metric else "steps"
        low, high = focus.limits_dpt if focus.is_metric else (focus.lowest, focus.highest)
        found.append(f"focus {focus.name} {low:g} … {high:g} {unit}")
    return tuple(found)
