"""One reader of the depth stream, as a process: a line for every map that it gets."""

import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.shared.piped import piped
from publish.wire.depth_stream import DepthStream
from publish.wire.errors import StreamTimeoutError


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMap:
    """What is kept of a map.

    Attributes
    ----------
    at_s
        When it was read, seconds since the epoch.
    seq, dropped, broken, reconnects
        As in its header.
    age_ms
        From the middle of the exposure until it was read.
    incomplete
        It is final and has not seen every slot of its sweep.
    """

    at_s: float
    seq: int
    age_ms: float
    dropped: int
    incomplete: bool
    broken: bool
    reconnects: int


def read_maps(path: Path) -> Iterator[ReadMap]:
    """Yield the maps that a reader noted, also while it still writes."""
    for line in path.read_text("ascii").splitlines(keepends=True):
        if line.endswith("\n"):
            at_s, seq, age_ms, dropped, incomplete, broken, reconnects = line.split()
            yield ReadMap(
                at_s=float(at_s),
                seq=int(seq),
                age_ms=float(age_ms),
                dropped=int(dropped),
                incomplete=incomplete == "1",
                broken=broken == "1",
                reconnects=int(reconnects),
            )


def main(endpoint: str, path: Path) -> None:
    """Read until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with (
        DepthStream(endpoint, timeout_s=1.0) as stream,
        path.open("w", encoding="ascii", buffering=1) as file,
    ):
        while True:
            try:
                read = stream.read()
            except StreamTimeoutError:  # the camera is away
                continue
            header, age_ms = read.header, read.age_s() * 1e3
            incomplete = header.final and header.slots is not None and header.slices_seen < header.slots
            file.write(
                f"{time.time():.3f} {header.seq} {age_ms:.2f} {header.dropped} {incomplete:d} "
                f"{header.broken:d} {header.reconnects}\n"
            )


if __name__ == "__main__":
    with piped():
        main(sys.argv[1], Path(sys.argv[2]))
