"""Pictures of the live page and of Rerun for the documentation, from the simulated camera.

Needs Chromium and playwright for the page; Xvfb and a software Vulkan driver for Rerun's viewer
(Debian: ``apt-get install chromium xvfb mesa-vulkan-drivers``).

    python -m benchmarks.screenshots
"""

import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import tyro
from playwright.sync_api import Page, sync_playwright

from benchmarks.shared.piped import piped
from focstream.types import FocstreamError, InputError

ROOT = Path(__file__).parents[1]
LARGEST_BYTES = 150_000
WINDOW_PX = (1280, 760)
POINT = (0.34, 0.43)
"""Where on the depth map the pointer is, as shares of its width and height."""
LATE_SWEEPS = 3
WIDE = ("--sim.focal-length-m", "0.006", "--sim.f-number", "0.7")
"""A lens that sees so much that the cloud is no thin pencil."""
_PATIENCE_S = 300.0
_SETTLE_MS = 3000.0
"""Time until the rates on the page are those with a viewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What to show.

    Attributes
    ----------
    out
        Folder for ``page.jpg``, ``cloud.jpg`` and ``rerun.jpg``.
    model
        As ``--model`` of run_pipeline.py.
    scene
        As ``--sim.scene``.
    frame_rate_hz
        Of the camera: low enough that this machine makes every map while it also draws the pictures.
    """

    out: Path = ROOT / "docs"
    model: str = "small"
    scene: str = "tabletop"
    frame_rate_hz: float = 10.0


def main(settings: Settings) -> int:
    """Make all pictures."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            for name, shoot in (("page", shoot_page), ("cloud", shoot_cloud), ("rerun", shoot_rerun)):
                shot = Path(folder) / f"{name}.png"
                shoot(settings, shot)
                print(compress(shot, settings.out / f"{name}.jpg"), flush=True)
    except FocstreamError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def shoot_page(settings: Settings, shot: Path) -> None:
    """Photograph the live page, the pointer on the map."""
    with _open_page(settings) as page:
        box = page.locator("[data-pane=depth] .stage canvas").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + POINT[0] * box["width"], box["y"] + POINT[1] * box["height"])
        page.wait_for_timeout(_SETTLE_MS)
        page.screenshot(path=shot)


def shoot_cloud(settings: Settings, shot: Path) -> None:
    """Photograph the point cloud of the live page, frozen so that every point is drawn."""
    with _open_page(settings, *WIDE) as page:
        page.click("#cloud-button")
        page.wait_for_selector("[data-pane=cloud] canvas[data-seq]")
        page.focus("[data-pane=cloud] canvas[data-seq]")
        page.keyboard.press("Space")
        page.wait_for_selector("[data-pane=cloud] canvas[data-every='1']")
        page.wait_for_timeout(_SETTLE_MS)
        page.screenshot(path=shot)


@contextmanager
def _open_page(settings: Settings, *options: str) -> Iterator[Page]:
    """Open the page of a pipeline that has made some sweeps."""
    chromium = _program("chromium")
    with _running(settings, "--web", "0", *options) as pipeline, sync_playwright() as driver:
        url = _wait_for(pipeline, "live page at ")
        _wait_for(pipeline, f"sweep {LATE_SWEEPS}: ")
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WINDOW_PX[0], "height": WINDOW_PX[1]})
        page.set_default_timeout(_PATIENCE_S * 1000)
        page.goto(url)
        page.wait_for_selector("body[data-seq]")
        yield page
        browser.close()


def shoot_rerun(settings: Settings, shot: Path) -> None:
    """Record some sweeps without a screen and photograph Rerun's viewer on a virtual one."""
    xvfb = _program("xvfb-run")
    recording = shot.with_suffix(".rrd")
    with _running(settings, "--view-save", str(recording), "--sweeps", str(LATE_SWEEPS)) as pipeline:
        pipeline.wait(_PATIENCE_S)
    size = f"{WINDOW_PX[0]}x{WINDOW_PX[1]}"
    viewer = [sys.executable, "-m", "rerun", str(recording), "--window-size", size]
    subprocess.run(
        [xvfb, "-a", "-s", f"-screen 0 {size}x24", *viewer, "--screenshot-to", str(shot)],
        capture_output=True,
        timeout=_PATIENCE_S,
        check=False,
    )
    if not shot.exists():
        raise InputError("Rerun's viewer took no picture; is a Vulkan driver there (mesa-vulkan-drivers)?")


def compress(shot: Path, out: Path) -> str:
    """Write `shot` as a JPEG of less than `LARGEST_BYTES`; returns a line about it."""
    picture = cv2.imread(str(shot))
    assert picture is not None
    if picture.shape[1] > WINDOW_PX[0]:
        picture = cv2.resize(picture, WINDOW_PX, interpolation=cv2.INTER_AREA)
    for quality in range(92, 40, -4):
        _, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if jpeg.size < LARGEST_BYTES:
            break
    out.write_bytes(jpeg.tobytes())
    return f"made {out} ({jpeg.size / 1000:.0f} kB, quality {quality})"


@contextmanager
def _running(settings: Settings, *options: str) -> "Iterator[subprocess.Popen[str]]":
    """Run the pipeline on a simulated camera; end it when done."""
    command = [sys.executable, str(ROOT / "run_pipeline.py"), "--camera", "sim", "--publish.no-enabled"]
    command += ["--update", "rolling"]  # so that at any moment the map has seen a whole sweep
    shown = ["--sim.scene", settings.scene, "--sim.colour", "--model", settings.model]
    paced = ["--sim.frame-rate-hz", str(settings.frame_rate_hz)]
    with subprocess.Popen([*command, *shown, *paced, *options], stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            process.communicate()


def _wait_for(process: "subprocess.Popen[str]", text: str) -> str:
    """Read the log until a line holds `text`; returns what comes after it."""
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        if text in line:
            return line.partition(text)[2].strip()
        said = line.strip()
    raise InputError(f"the pipeline ended early: {said}")


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise InputError(f"{name} is not installed; apt-get install chromium xvfb mesa-vulkan-drivers")
    return found


if __name__ == "__main__":
    with piped():
        sys.exit(main(tyro.cli(Settings)))
