"""Allied Vision's VmbC (vmbpy) reads the simulated camera: prints one line of JSON for each focus.

A process of its own, because VmbC keeps threads and the producer for as long as it likes.
"""

import json
import sys
import time
from pathlib import Path

import vmbpy

from tests.capture.genicam.focussim import sharpest_dpt

STEPS = (200, 400, 600, 800)
# By default VmbC loads the producers of a few makers only.
SETTINGS = """<?xml version="1.0" standalone="no" ?>
<Settings><TlLoading>
<CtiPaths><Path required="true">{folder}</Path></CtiPaths>
<TlRule vendor-type="*" interface-type="*" rule="allow"/>
</TlLoading></Settings>
"""


def described(frame, step):
    told = {"asked": step, "stamp_of_buffer": frame.get_timestamp()}

    def take(chunks):
        told.update(step=chunks.ChunkFocusStepper.get(), stamp_ns=chunks.ChunkTimestamp.get())

    frame.access_chunk_data(take)
    told["dpt"] = sharpest_dpt(frame.as_numpy_ndarray()[..., 0])
    return told


def read(camera, step):
    camera.FocusStepper.set(step)
    while str(camera.FocusStatus.get()) != "Ready":
        time.sleep(0.002)
    for frame in camera.get_frame_generator(limit=1, timeout_ms=5000):  # out of this loop it has no chunks
        sys.stdout.write(json.dumps(described(frame, step)) + "\n")


def main(folder):
    settings = folder / "VmbC.xml"
    settings.write_text(SETTINGS.format(folder=folder))
    system = vmbpy.VmbSystem.get_instance()
    system.set_path_configuration(str(settings))
    with system:
        (camera,) = system.get_all_cameras()
        with camera:
            camera.OpticControllerInitialize.run()
            camera.FocusInitialize.run()
            camera.ExposureTime.set(500.0)
            camera.ChunkModeActive.set(True)
            for chunk in ("Timestamp", "FocusStepper"):
                camera.ChunkSelector.set(chunk)
                camera.ChunkEnable.set(True)
            for step in STEPS:
                read(camera, step)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
