"""Options of the calibration commands."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from capture.config import CaptureConfig

if TYPE_CHECKING:  # the help does without
    from calibration.measure.fits.board import Board

DistanceM = Annotated[float, Field(gt=0, le=1000)]


class Settings(CaptureConfig):
    """What every procedure needs to know."""

    profile: Path | None = Path("calibration.toml")
    """The profile to make or to add to."""
    plots: Path = Path("calibration_plots")
    """Folder for the plots."""
    camera_name: str | None = None
    """Name of the camera that took a folder of images (--replay), as it calls itself."""
    lens_name: str | None = None
    """Name of its lens."""


class BoardPrint(Settings):
    """A ChArUco board (DICT_4X4_250) as printed."""

    columns: int = Field(default=11, ge=4, le=100)
    """Squares across."""
    rows: int = Field(default=8, ge=4, le=100)
    """Squares down."""
    square_m: float = Field(default=0.01, gt=0, le=10)
    """Side of a square as printed: measure it."""

    @property
    def printed(self) -> "Board":
        """The board."""
        from calibration.measure.fits.board import Board

        return Board(columns=self.columns, rows=self.rows, square_m=self.square_m)


class FocusSettings(BoardPrint):
    """Distances of the focus map."""

    distances_m: tuple[DistanceM, ...] = ()
    """Distances from the lens to the target; spread them evenly in 1/distance. Default for sim: its range."""
    board: bool = False
    """The target is a ChArUco board, whose pose gives the true distances; --distances-m are about right."""
    intrinsics: Path | None = None
    """TOML file with the intrinsics, for --board. Default: those of the profile."""
    re_reference: bool = False
    """Refit only the offset of the map, from the first distance: what drifts in a day."""


class SweptSettings(Settings):
    """Focus settings of a procedure."""

    settings: int = Field(default=13, ge=7, le=99)
    """Focus settings over the range of the map."""


class BoardSettings(BoardPrint):
    """Views of the board."""

    views: int = Field(default=10, ge=5, le=1000)
    """Poses for each focus setting."""
    distances_m: tuple[DistanceM, ...] = (0.5, 0.4, 0.33)
    """Distances at which the board is shown, and focused at."""


class FileSettings(Settings):
    """Which profile to show or to check."""


class TargetSettings(BoardPrint):
    """Where to write the targets."""

    out: Path = Path("targets.pdf")
    """File to write: .pdf, pages of A4."""
