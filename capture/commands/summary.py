"""What is in a recording, in words."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from capture.commands.rerun_file import write_rerun_file
from capture.recording.reader import RecordingReader
from focstream.counted import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class InfoSettings:
    """A recording.

    Attributes
    ----------
    file
        The .mcap file, or the folder of a recording in several files.
    rerun
        New file (.rrd) for Rerun's viewer, in which every view says what it shows.
    """

    file: Annotated[Path, tyro.conf.Positional]
    rerun: Path | None = None


def describe(settings: InfoSettings) -> str:
    """Describe a recording, and write the file for Rerun's viewer that is asked for.

    Raises
    ------
    InputError
        When it is no recording of ours, or the file cannot be written.
    """
    if settings.rerun is None:
        return describe_recording(settings.file)
    write_rerun_file(settings.file, settings.rerun)
    return f"{describe_recording(settings.file)}\n  {settings.rerun}: rerun {settings.rerun}"


def describe_recording(path: Path) -> str:
    """Read a recording to its end and return what it holds.

    Raises
    ------
    InputError
        When it is no recording of ours.
    """
    reader = RecordingReader(path)
    lines = [f"{path}"]
    if path.is_dir():
        first, last = reader.files[0].name, reader.files[-1].name
        lines.append(f"  {counted(len(reader.files), 'file')}: {first} … {last}")
        lines.append(f"  files deleted while recording: {reader.deleted}")
    lines += [f"  {doubt}" for doubt in reader.doubts]
    for name, values in reader.metadata.items():
        lines.append(f"  {name}: " + ", ".join(f"{key} {value}" for key, value in values.items()))
    lines += [f"  attached: {item.name}, {len(item.data)} bytes" for item in reader.attachments]
    lines += _sweeps(reader)
    lines.append(f"  slices lost while recording: {reader.slices_not_recorded}")
    lines.append(f"  slices that the live depth was computed without: {reader.slices_not_used}")
    if reader.fault is not None:
        lines.append(f"  {reader.fault}; python -m capture recover {path}")
    lines += [
        f"  live depth of sweep {info.sweep_id}: {counted(info.slices_seen, 'slice')}, "
        f"{info.model} on {info.engine}, digest {info.digest}"
        for info in reader.final_maps()
    ]
    return "\n".join(lines)


def _sweeps(reader: RecordingReader) -> list[str]:
    sweeps: dict[int, int] = {}
    settling = 0
    image = "none"
    for focal_slice in reader.slices():
        tag = focal_slice.tag
        settling += tag.settling
        sweeps[tag.sweep_id] = sweeps.get(tag.sweep_id, 0) + int(not tag.settling)
        height, width = focal_slice.image.shape[:2]
        colour = "colour" if focal_slice.image.ndim == 3 else "grey"
        image = f"{width} × {height} px, {colour}, {focal_slice.image.dtype}"
    total = sum(sweeps.values())
    return [
        f"  images: {image}",
        f"  {counted(total, 'slice')} in {counted(len(sweeps), 'sweep')}, "
        f"and {settling} while the lens moved",
    ]
