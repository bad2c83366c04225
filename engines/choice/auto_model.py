"""``--model auto``: the best way to compute depth that keeps up on this computer."""

import logging
from typing import Any

from engines.choice.faster import Maker, Measure, Measured, choices, describe, measured
from focstream.focal_slice import Image
from focstream.types import InputError
from inference.config import InferenceConfig
from inference.depth_model import DepthMaps, DepthModel
from inference.pace import measure_slices_s

_log = logging.getLogger(__name__)


class AutoModel:
    """A `DepthModel` that chooses what it is when it hears of the size of the images.

    The ways to compute depth are measured, the best first, until one takes `rate_at_least` slices a second;
    if none does, the fastest is taken, and a warning says so. The choice is made once.

    Parameters
    ----------
    config
        The other options; those that only one model knows are left out for the others.
    rate_at_least
        Slices a second.
    make, measure
        Open a model, and say how many slices a second it takes.
    """

    def __init__(
        self,
        config: InferenceConfig,
        *,
        rate_at_least: float,
        make: Maker,
        measure: Measure = measure_slices_s,
    ) -> None:
        self._config = config
        self._measure = measure
        self._rate_at_least = rate_at_least
        self._make = make
        self._chosen: DepthModel[Any, Any] | None = None

    @property
    def name(self) -> str:
        """Name of the chosen model."""
        return "auto" if self._chosen is None else self._chosen.name

    @property
    def engine(self) -> str:
        """What computes it."""
        return "not chosen yet" if self._chosen is None else self._chosen.engine

    def encode(self, image: Image, sweep_coordinate: float) -> object:
        """Features of one slice. See `DepthModel.encode`."""
        return self._model(image.shape).encode(image, sweep_coordinate)

    def initial_state(self, shape: tuple[int, ...], *, chosen: bool = False) -> object:
        """State before the first slice; the first call takes its time, for it measures."""
        return self._model(shape).initial_state(shape, chosen=chosen)

    def update(self, features: object, state: object) -> object:
        """Add one slice. See `DepthModel.update`."""
        return self._made.update(features, state)

    def decode(self, state: object) -> DepthMaps:
        """Return the maps as known now. See `DepthModel.decode`."""
        return self._made.decode(state)

    def step(self, image: Image, sweep_coordinate: float, state: object) -> tuple[object, DepthMaps]:
        """Add one slice, and return the maps with it. See `DepthModel.step`."""
        return self._made.step(image, sweep_coordinate, state)

    def advance(self, image: Image, sweep_coordinate: float, state: object) -> object:
        """Add one slice. See `DepthModel.advance`."""
        return self._made.advance(image, sweep_coordinate, state)

    @property
    def _made(self) -> DepthModel[Any, Any]:
        assert self._chosen is not None, "a state is made before it is used"
        return self._chosen

    def _model(self, shape: tuple[int, ...]) -> DepthModel[Any, Any]:
        if self._chosen is None:
            self._chosen = self._choose(shape)
        return self._chosen

    def _choose(self, shape: tuple[int, ...]) -> DepthModel[Any, Any]:
        found: list[Measured] = []
        for one in measured(choices(self._config), shape, make=self._make, measure=self._measure):
            found.append(one)
            if one.slices_s >= self._rate_at_least:
                break
        if not found:
            raise InputError("--model auto: no model can be opened here; see the lines above")
        best = max(found, key=lambda one: min(one.slices_s, self._rate_at_least))
        height_px, width_px = shape[:2]
        _log.info("measured at %d x %d: %s", width_px, height_px, describe(found))
        if best.slices_s < self._rate_at_least:
            _log.warning(
                "--model auto: nothing takes %g slices/s here; %s is the fastest",
                self._rate_at_least,
                best.choice.flags,
            )
        else:
            _log.info("--model auto takes %s", best.choice.flags)
        return best.model
