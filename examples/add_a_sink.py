"""A sink of your own: something that takes every depth map. This one keeps a table of the finished sweeps.

python add_a_sink.py OUT.csv
"""

import csv
import sys
from pathlib import Path

import numpy as np

import focstream


class SweepTable:
    """A `focstream.Sink` that writes a row for every finished sweep."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", newline="")
        self._rows = csv.writer(self._file)
        self._rows.writerow(["sweep", "slices", "nearest_m", "median_m", "share_with_depth"])

    def write(self, update: focstream.DepthUpdate) -> None:
        if not update.final:
            return
        depth_m = update.metres()
        known_m = depth_m[np.isfinite(depth_m)]
        share = known_m.size / depth_m.size
        self._rows.writerow(
            [update.tag.sweep_id, update.slices_seen, known_m.min(), np.median(known_m), share]
        )

    def close(self) -> None:
        self._file.close()


if len(sys.argv) != 2:
    sys.exit("give the file to write: python add_a_sink.py OUT.csv")
sink: focstream.Sink = SweepTable(Path(sys.argv[1]))
sim = {"width_px": 160, "height_px": 128}
with focstream.open_depth(camera="sim", sim=sim, model="sharpness", sweeps=3, sinks=[sink]) as maps:
    print(f"{sum(1 for _ in maps)} maps")
sink.close()
