"""Reads the simulated webcam, which is preloaded into this process; prints what came as JSON.

LD_PRELOAD=webcam.so WEBCAM_FILE=FILE python -m tests.capture.uvc.uvc_reader SCENARIO
"""

import json
import os
import sys
import time
from pathlib import Path

from capture.uvc.camera import UvcCamera
from focstream.clock import now_ns
from focstream.types import FocstreamError


def number(frame):
    """Number of the frame, from the stripes in its picture."""
    return sum(int(pixel > 128) << bit for bit, pixel in enumerate(frame.image[60, 5::10, 1]))


def read(camera, count):
    taken = []
    for _ in range(count):
        frame = camera.read(2.0)
        if frame is not None:
            age_ms = (now_ns() - frame.exposure_mid_ns) * 1e-6
            taken.append([number(frame), frame.frame_id, frame.exposure_mid_ns, age_ms, frame.exposure_s])
    return taken


def pause(camera):
    before = read(camera, 4)
    time.sleep(2.5)  # longer than any stamp may be old at the beginning
    return {"before": before, "after": read(camera, 8)}


def lose(camera, fault):
    read(camera, 2)
    Path(os.environ["WEBCAM_FILE"]).write_text(fault)
    for _ in range(10):  # four may wait
        camera.read(0.3)
    return {}


SCENARIOS = {
    "read": lambda camera: {"taken": read(camera, 20)},
    "pause": pause,
    "unplug": lambda camera: lose(camera, "unplugged"),
    "stall": lambda camera: lose(camera, "stalled"),
}


def main(scenario):
    try:
        with UvcCamera(63) as camera:
            told = {"size": [camera.info.width_px, camera.info.height_px, camera.info.frame_rate_hz]}
            told |= SCENARIOS[scenario](camera)
    except FocstreamError as error:
        told = {"error": str(error), "code": error.exit_code}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
