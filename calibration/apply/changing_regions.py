"""Regions that are changed while the program runs."""

from pydantic import ValidationError

from calibration.apply.map_config import MapConfig
from calibration.apply.measured_estimator import MeasuredEstimator
from focstream.control.control import ControlState
from focstream.types import InputError


class ChangingRegions:
    """A control: the regions of every map, as ``--roi`` has them, one after the other.

    Parameters
    ----------
    estimator
        Measures them.
    """

    def __init__(self, estimator: MeasuredEstimator) -> None:
        self._estimator = estimator

    @property
    def state(self) -> ControlState:
        """The regions from the next map on."""
        return ControlState(value=" ".join(map(str, self._estimator.regions)))

    def change(self, value: str) -> None:
        """Measure these from the next map on.

        Raises
        ------
        InputError
            When they are no regions, too many, or not within the picture.
        """
        try:
            regions = MapConfig(roi=tuple(value.split())).regions
        except ValidationError as error:
            problem = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise InputError(f"regions: {problem}") from error
        self._estimator.measure(regions)
