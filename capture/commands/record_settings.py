"""What users choose about recording without depth."""

from pathlib import Path

from capture.config import CaptureConfig
from capture.recording.config import RecordConfig


class RecordSettings(CaptureConfig):
    """What to record."""

    record: RecordConfig = RecordConfig()
    intrinsics: Path | None = None
    """TOML file with the intrinsics of the images."""
    config: Path | None = None
    """TOML file with any of these options; flags overrule it."""
