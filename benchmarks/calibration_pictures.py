"""The pictures of the calibration guide, from a simulated rig.

python -m benchmarks.calibration_pictures --out docs
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import tyro
from numpy.typing import NDArray

from benchmarks.shared.piped import piped
from calibration.measure.fits.board import Board
from calibration.measure.live.procedures import run_breathing, run_focus, run_timing
from calibration.measure.live.stage import SimulatedStage
from calibration.measure.plots import plot_breathing, plot_focus, plot_timing
from capture.simulator.hidden.rig import HiddenRig
from capture.simulator.hidden.truth import HiddenTruth

_DATE = "pictures"
_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 85]
_RIM_PX = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What to make.

    Attributes
    ----------
    out
        Folder of the pictures.
    seed
        Of the rig.
    width_px, height_px
        Of its images.
    """

    out: Path = Path("docs")
    seed: int = 2
    width_px: int = 320
    height_px: int = 240


def main(settings: Settings) -> None:
    """Save calibration_targets.jpg and calibration_fits.jpg."""
    rig = HiddenRig(HiddenTruth.random(settings.seed), size_px=(settings.width_px, settings.height_px))
    stage = SimulatedStage(rig)
    settings.out.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(settings.out / "calibration_targets.jpg"), _targets(stage), _QUALITY)
    cv2.imwrite(str(settings.out / "calibration_fits.jpg"), _fits(stage), _QUALITY)


def _targets(stage: SimulatedStage) -> NDArray[np.uint8]:
    """Show what the camera sees: target in focus and out of focus, board in two poses, white surface."""
    truth = stage.rig.truth
    sharp = (2.5 - truth.offset_dpt) / truth.gain
    board = Board(square_m=0.02)
    pictures = []
    with stage.wall(2.5) as station:
        pictures += [station.mean(sharp, frames=4), station.mean(sharp - 1.0, frames=4)]
    for view in (0, 3):
        with stage.board(board, view=view, vergence_dpt=2.5) as station:
            pictures.append(station.mean(sharp, frames=4))
    with stage.wall(None, textured=False) as station:
        pictures.append(station.mean(sharp, frames=4))
    rimmed = [
        cv2.copyMakeBorder(picture, 0, 0, 0, _RIM_PX, cv2.BORDER_CONSTANT, value=255.0)
        for picture in pictures
    ]
    return np.asarray(np.hstack(rimmed), np.uint8)


def _fits(stage: SimulatedStage) -> NDArray[np.uint8]:
    """Run three procedures and put their plots side by side."""
    far_dpt, near_dpt = stage.rig.truth.limits_dpt
    vergences = [float(dpt) for dpt in np.linspace(max(far_dpt + 0.9, 0.2), near_dpt - 1.0, 7)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        focus = run_focus(stage, vergences_dpt=vergences, date=_DATE)
        plot_focus(folder, focus)
        plot_timing(folder, run_timing(stage, date=_DATE))
        plot_breathing(folder, run_breathing(stage, focus.part, settings=13, date=_DATE))
        plots = [cv2.imread(str(folder / f"{part}.png")) for part in ("focus", "timing", "breathing")]
    return np.asarray(np.hstack([plot for plot in plots if plot is not None]), np.uint8)


if __name__ == "__main__":
    with piped():
        main(tyro.cli(Settings))
