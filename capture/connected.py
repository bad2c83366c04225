"""What ``--list-cameras`` and ``--list-lenses`` print."""

from capture.camera_listing import describe_cameras
from capture.config import CaptureConfig
from capture.discovery import list_cameras
from capture.genicam.settings.presets import with_preset
from capture.lenses.listing import describe_lenses, list_lenses


def connected(config: CaptureConfig, *, lenses: bool) -> str:
    """List the cameras that can be opened here, with what each can do; or the lenses."""
    if lenses:
        return describe_lenses(list_lenses())
    names = with_preset(config.genicam).names
    return describe_cameras(list_cameras(cti_files=config.cti, abilities=True, names=names))
