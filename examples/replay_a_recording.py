"""What is in a recording, and its depth computed anew; record one with

python run_pipeline.py --camera sim --sweeps 2 --record a.mcap
python replay_a_recording.py a.mcap
"""

import sys
from pathlib import Path

import numpy as np

import focstream

if len(sys.argv) != 2:
    sys.exit("give a recording: python replay_a_recording.py a.mcap")
path = Path(sys.argv[1])

for focal_slice in focstream.RecordingReader(path).slices():
    tag = focal_slice.tag
    if tag.last_in_sweep:
        print(f"sweep {tag.sweep_id} ends at {tag.focus_dpt:.2f} dpt, {focal_slice.image.shape} pixels")

with focstream.open_depth(replay=path) as maps:
    for update in maps:
        if update.final:
            print(
                f"sweep {update.tag.sweep_id}: {update.slices_seen} slices, "
                f"median {np.nanmedian(update.depth()):.3f} {update.unit}, by {update.engine}"
            )
