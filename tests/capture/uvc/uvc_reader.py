"""Reads the simulated webcam, which is preloaded into this process; prints what came as JSON.

LD_PRELOAD=webcam.so WEBCAM_FILE=F python -m tests.capture.uvc.uvc_reader SCENARIO [DEVICE [OPTIONS_AS_JSON]]
"""

import json
import logging
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path

from capture.uvc.camera import UvcCamera
from capture.uvc.config import UvcConfig
from capture.uvc.controls import EXPOSURE_AUTO, FOCUS_AUTO, WHITE_BALANCE_AUTO, V4l2Controls
from capture.uvc.device import open_device, uvc_path
from focstream.clock import now_ns
from focstream.types import FocstreamError


def number(frame):
    """Number of the frame, from the stripes in its picture."""
    stripe_px = frame.image.shape[1] // 16
    pixels = frame.image[60, stripe_px // 2 :: stripe_px, 1]
    return sum(int(pixel > 128) << bit for bit, pixel in enumerate(pixels))


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


def jump(camera):
    taken, doubts = [], []
    for count in range(90):
        frame = camera.read(2.0)
        if count == 30:
            Path(os.environ["WEBCAM_FILE"]).write_text("clock-back")
        if frame is not None:
            taken.append([number(frame), frame.frame_id, frame.exposure_mid_ns])
            doubts.append(frame.doubt)
    return {"taken": taken, "doubts": doubts}


def lose(camera, fault):
    read(camera, 2)
    Path(os.environ["WEBCAM_FILE"]).write_text(fault)
    for _ in range(10):  # four may wait
        camera.read(0.3)
    return {}


def automatics():
    with open_device(uvc_path(63)) as ioctl:
        controls = V4l2Controls(ioctl)
        return [controls.get(control) for control in (EXPOSURE_AUTO, WHITE_BALANCE_AUTO, FOCUS_AUTO)]


def replug(camera):
    """Lose the camera, and open it again before this block of the first opening ends."""
    path = Path(os.environ["WEBCAM_FILE"])
    path.write_text("unplugged")
    camera.__exit__(None, None, None)
    path.write_text("")
    camera.__enter__()
    return {"taken": read(camera, 4)}


def adjust(camera):
    """Set exposure and gain while it runs."""
    before = [asdict(one) for one in camera.settings]
    for name, value in (("exposure", 0.01), ("gain", 7.0)):
        if name in {one["name"] for one in before}:
            camera.adjust(name, value)
    return {"before": before, "after": [asdict(one) for one in camera.settings], "taken": read(camera, 6)}


def refuse(camera):
    """Have the webcam switch its automatic on behind our back, then set the exposure."""
    with open_device(uvc_path(63)) as ioctl:
        V4l2Controls(ioctl).set(EXPOSURE_AUTO, 3)
    camera.adjust("exposure", 0.01)
    return {}


SCENARIOS = {
    "adjust": adjust,
    "refuse": refuse,
    "replug": replug,
    "automatics": lambda camera: {"taken": read(camera, 2), "meanwhile": automatics()},
    "read": lambda camera: {"taken": read(camera, 20)},
    "pause": pause,
    "jump": jump,
    "unplug": lambda camera: lose(camera, "unplugged"),
    "stall": lambda camera: lose(camera, "stalled"),
}


def main(scenario, device="63", options="{}"):
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    which = int(device) if device.isdecimal() else Path(device)
    told = {"first": automatics()} if scenario in ("automatics", "replug") else {}
    try:
        with UvcCamera(which, config=UvcConfig.model_validate_json(options)) as camera:
            told["size"] = [camera.info.width_px, camera.info.height_px, camera.info.frame_rate_hz]
            told |= SCENARIOS[scenario](camera)
    except FocstreamError as error:
        told = {"error": str(error), "code": error.exit_code}
    if "first" in told:
        told["last"] = automatics()
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
