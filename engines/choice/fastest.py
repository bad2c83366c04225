"""The fastest of several runners that can run here, and what is left when that one fails."""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from engines.base import Runner
from engines.errors import EngineError, NoDeviceError
from engines.runners import RUNNERS, Opener, RunnerInputs

_log = logging.getLogger(__name__)


class Candidates:
    """Runners by name, the fastest first, of which one after the other is opened.

    Parameters
    ----------
    openers
        How each is opened.
    """

    def __init__(self, openers: Mapping[str, Callable[[], Runner[Any, Any]]]) -> None:
        self._left = dict(openers)
        self._opened = ""
        self._failed: dict[str, list[str]] = {}
        self._details: set[str] = set()

    def open(self) -> Runner[Any, Any]:
        """Open the first that can run here, and log why those before it cannot.

        That an engine lacks its device is a detail, unless none can run.

        Raises
        ------
        EngineError
            When none can: with the reasons of those whose device is here, if there are any.
        """
        reasons: dict[str, list[str]] = {}
        while self._left:
            self._opened = next(iter(self._left))
            try:
                runner = self._left.pop(self._opened)()
            except EngineError as error:
                reasons.setdefault(str(error), []).append(self._opened)
                if isinstance(error, NoDeviceError):
                    self._details.add(str(error))
                continue
            for reason, those in reasons.items():
                level = logging.DEBUG if reason in self._details else logging.INFO
                _log.log(level, "not used: %s", _said(reason, those))
            return runner
        self._failed |= reasons
        shown = {reason: those for reason, those in self._failed.items() if reason not in self._details}
        raise EngineError("; ".join(_said(*each) for each in (shown or self._failed).items()))

    def go_on(self, error: EngineError) -> Runner[Any, Any]:
        """Open the next one, because the one that was opened last does not get ready.

        Raises
        ------
        EngineError
            When none is left that can run: with the reasons of all.
        """
        self._failed.setdefault(str(error), []).append(self._opened)
        if self._left:
            _log.warning("not used: %s", _said(str(error), [self._opened]))
        return self.open()


def open_fastest(
    names: Sequence[str], inputs: RunnerInputs, runners: Mapping[str, Opener] = RUNNERS
) -> Runner[Any, Any]:
    """Open the first that can run here; see `Candidates.open`."""
    return Candidates(openers(names, inputs, runners)).open()


def openers(
    names: Sequence[str], inputs: RunnerInputs, runners: Mapping[str, Opener] = RUNNERS
) -> dict[str, Callable[[], Runner[Any, Any]]]:
    """Return what opens each of these runners."""
    return {name: partial(runners[name], inputs) for name in names}


def _said(reason: str, names: Sequence[str]) -> str:
    """Say a reason that several have only once."""
    return f"{' and '.join(names)}: {reason}"
