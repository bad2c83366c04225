"""What was lost, and whether each loss was reported: the recording is the witness."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.soak.reader import ReadMap
from capture.recording.reader import RecordingReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """One kind of loss.

    Attributes
    ----------
    what
        As in the table.
    lost
        As counted from what arrived.
    reported, where
        How many of them were reported, and by what.
    """

    what: str
    lost: int
    reported: int
    where: str

    @property
    def silent(self) -> int:
        """Lost without a word."""
        return max(self.lost - self.reported, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What the recordings hold.

    Attributes
    ----------
    slices
        Of all kinds, also settling ones.
    missing
        Frame ids that are not there, though nobody asked the camera to pass over them.
    not_used, not_recorded
        Slices that are noted as left out of the depth, or as missing.
    faults
        What is wrong with the files, in words.
    """

    slices: int
    missing: int
    not_used: int
    not_recorded: int
    faults: tuple[str, ...]


def read_recordings(paths: Iterable[Path]) -> Recorded:
    """Read through recordings of one run, in their order."""
    slices = missing = not_used = not_recorded = 0
    last_id: int | None = None
    faults = []
    for path in paths:
        reader = RecordingReader(path)
        for focal_slice in reader.slices():
            tag = focal_slice.tag
            if last_id is not None:
                missing += max(tag.frame_id - last_id - 1 - tag.passed, 0)
            last_id, slices = tag.frame_id, slices + 1
        not_used += reader.slices_not_used
        not_recorded += reader.slices_not_recorded
        if reader.fault is not None:
            faults.append(f"{path.name}: {reader.fault}")
    return Recorded(
        slices=slices,
        missing=missing,
        not_used=not_used,
        not_recorded=not_recorded,
        faults=tuple(faults),
    )


def find_losses(
    recorded: Recorded, maps: Sequence[ReadMap], counters: Mapping[str, float], *, cameras_lost: int
) -> list[Loss]:
    """Compare what arrived with what the program counted.

    Parameters
    ----------
    recorded
        The recordings.
    maps
        What the reader got.
    counters
        As by `read_metrics`, at the end.
    cameras_lost
        How often the camera was unplugged or fell silent.
    """
    incomplete = [read for read in maps if read.incomplete]
    unseen = sum(later.seq - earlier.seq - 1 for earlier, later in itertools.pairwise(maps))
    return [
        Loss(
            what="cameras",
            lost=cameras_lost,
            reported=maps[-1].reconnects if maps else 0,
            where="log, map headers (reconnects)",
        ),
        Loss(
            what="images the camera lost",
            lost=recorded.missing,
            reported=int(counters["focstream_slices_lost.camera_gap"]),
            where="metrics, map headers",
        ),
        Loss(
            what="slices left out of the depth, because the queue was full",
            lost=int(counters["focstream_slices_lost.queue_full"]),
            reported=recorded.not_used,  # which goes on until the very end
            where="metrics, map headers, recording",
        ),
        Loss(
            what="slices missing in the recording, because the disk was slow",
            lost=int(counters.get("focstream_slices_not_recorded", 0)),
            reported=recorded.not_recorded,
            where="recording, log",
        ),
        Loss(
            what="sweeps that lack slices",
            lost=len(incomplete),
            reported=sum(read.broken for read in incomplete),
            where="map headers (broken)",
        ),
        Loss(
            what="maps the reader did not get, while it or its network was slow",
            lost=int(counters["focstream_maps"]) - maps[0].seq - len(maps) if maps else 0,
            reported=unseen,
            where="map headers (seq)",
        ),
    ]
