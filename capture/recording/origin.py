"""How a recording says that it was made."""

import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from capture.recording.schemas import FORMAT_VERSION
from capture.recording.series.part import SERIES_RECORD, SeriesPart
from focstream.control.control import Change
from focstream.files.limits import TOML_BYTES
from focstream.files.user_file import read_file
from focstream.version import __version__

FORMAT_RECORD, VERSIONS_RECORD, DEVICE_RECORD, END_RECORD = "focstream", "versions", "device", "end"
CHANGE = "change "
"""How the names begin of records about what was changed while the program ran."""
IN_FORCE_RECORD = "in force"
"""What was set by the controls when a recording began in the middle of a run."""
CONTINUED = "continued"
"""Key in the end of a file that is followed by another one of the same recording."""
CONFIGURATION_NAME, PROFILE_NAME = "configuration.json", "calibration_profile.toml"
_PACKAGES = ("numpy", "mcap", "opencv-python-headless", "openvino", "onnxruntime", "torch", "harvesters")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file inside a recording."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What goes into a recording besides slices.

    Attributes
    ----------
    device
        What the slices come from, as the source names it before it is open.
    attachments
        The configuration, the calibration profile, and other files that belong to the recording.
    note
        Any text of the user.
    part
        Which file of a recording in several files; None for one in a single file.
    """

    device: str
    attachments: tuple[Attachment, ...] = ()
    note: str = ""
    part: SeriesPart | None = None


def configuration_attachment(json_text: str) -> Attachment:
    """Put the options of a run, as JSON, into an attachment."""
    return Attachment(name=CONFIGURATION_NAME, media_type="application/json", data=json_text.encode("utf-8"))


def file_attachment(path: Path, *, name: str | None = None) -> Attachment:
    """Read a TOML file that belongs to a recording, such as a calibration profile.

    Raises
    ------
    InputError
        When it cannot be read, or is too long.
    """
    data = read_file(path, most_bytes=TOML_BYTES)
    media_type = {".toml": "application/toml", ".json": "application/json"}.get(path.suffix.lower(), "")
    return Attachment(name=name or path.name, media_type=media_type or "application/octet-stream", data=data)


def metadata_of(origin: Origin) -> dict[str, dict[str, str]]:
    """All that is noted about the origin, as MCAP metadata: text by key by name of the record."""
    return {  # the part first: it belongs to its series however short it is cut
        **({} if origin.part is None else {SERIES_RECORD: origin.part.record()}),
        FORMAT_RECORD: {"format_version": str(FORMAT_VERSION)},
        VERSIONS_RECORD: _versions(),
        DEVICE_RECORD: device_record(origin.device),
        **({"note": {"text": origin.note}} if origin.note else {}),
    }


def device_record(name: str) -> dict[str, str]:
    """Return what the slices come from, and where they were recorded; a later record overrules this."""
    return {"name": name, "host": platform.node(), "system": platform.platform()}


def change_name(change: Change) -> str:
    """Return a name of its own for the record of a change: its time."""
    at = datetime.fromtimestamp(change.stamp_ns / 1e9, UTC)
    return f"{CHANGE}{at.isoformat(timespec='microseconds')}"


def change_record(change: Change) -> dict[str, str]:
    """Return what was changed while the program ran, and when."""
    return {
        "control": change.control,
        "before": change.before,
        "after": change.after,
        "stamp_ns": str(change.stamp_ns),
    }


def _versions() -> dict[str, str]:
    found = {"focstream": __version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
