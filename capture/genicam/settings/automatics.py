"""What a camera sets by itself is switched off for a run where a value is given, and put back at its end."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from capture.genicam.config import GenicamConfig
from capture.genicam.nodes import Nodes

_log = logging.getLogger(__name__)

_OFF = "Off"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Watched:
    """An automatic that spoils a sweep.

    Attributes
    ----------
    candidates
        Names of its feature.
    what
        What changes then.
    given
        Whether its value is given, so that it is switched off.
    remedy
        What to do.
    """

    candidates: tuple[str, ...]
    what: str
    given: bool
    remedy: str


class Automatics:
    """Remembers what was on, also while the camera is away, and of what the user was warned."""

    def __init__(self) -> None:
        self._before: dict[str, str] = {}
        self._warned: set[str] = set()

    def switch_off(self, camera: Nodes, candidates: Sequence[str]) -> str | None:
        """Switch an automatic off, where the camera has it; return why it stays on, None when it does not."""
        feature, state = _state(camera, candidates)
        if feature is None or state == _OFF:
            return None
        if not camera.set(feature, _OFF):
            return f"{feature} is {state} and cannot be switched off"
        self._before[feature] = state
        return None

    def put_back(self, camera: Nodes, *, name: str) -> None:
        """Switch on again what was switched off, and warn of what does not let itself be switched."""
        for feature, state in list(self._before.items()):
            if camera.set(feature, state):
                del self._before[feature]
            else:
                _log.warning("%s of %s could not be set back to %s", feature, name, state)

    def warn(self, camera: Nodes, config: GenicamConfig, *, name: str) -> None:
        """Warn, once, of automatics that are on while nobody gave a value instead."""
        for watched in _watched(config):
            feature, state = _state(camera, watched.candidates)
            if feature is None or state == _OFF or watched.given or feature in self._warned:
                continue
            self._warned.add(feature)
            _log.warning(
                "%s: %s is %s: %s that changes with the focus spoils a sweep; %s",
                name,
                feature,
                state,
                watched.what,
                watched.remedy,
            )


def _watched(config: GenicamConfig) -> tuple[_Watched, ...]:
    names = config.names
    return (
        _Watched(
            candidates=names.exposure_auto,
            what="exposure",
            given=config.exposure_us is not None,
            remedy="fix it with --genicam.exposure-us",
        ),
        _Watched(
            candidates=names.gain_auto,
            what="gain",
            given=config.gain is not None,
            remedy="fix it with --genicam.gain",
        ),
        _Watched(
            candidates=names.balance_auto,
            what="white balance",
            given=False,
            remedy="switch it off with the maker's program",
        ),
    )


def _state(camera: Nodes, candidates: Sequence[str]) -> tuple[str | None, str]:
    """Return the feature of an automatic and its state; None and "Off" without."""
    feature = camera.first(candidates)
    state = None if feature is None else camera.value(feature)
    return (None, _OFF) if state is None else (feature, str(state))
