"""Saves the newest finished sweep when it is asked to."""

from functools import partial
from pathlib import Path

from calibration.apply.confidence import Confidence
from focstream.control.control import ControlState
from focstream.depth_update import FloatMap
from focstream.types import DepthUpdate, InputError
from publish.saved.sweep_files import write_sweep
from publish.saved.sweep_folder import SweepFolder


class SaveNewest:
    """A sink that holds the newest final map, and a control that saves it, as `SweepSaver` would.

    Parameters
    ----------
    folder
        Made when something is saved; as of `SweepSaver`.
    cloud
        As of `SweepSaver`.
    truth_vergence_dpt
        As of `SweepSaver`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        cloud: Confidence | None,
        truth_vergence_dpt: FloatMap | None = None,
    ) -> None:
        self._folder = folder
        self._truth_dpt = truth_vergence_dpt
        self._cloud = cloud
        self._newest: DepthUpdate | None = None
        self._saved = ""

    @property
    def state(self) -> ControlState:
        """What was saved last, and which sweep is the newest."""
        newest = self._newest
        note = "" if newest is None else f"sweep {newest.tag.sweep_id} is finished"
        return ControlState(value=self._saved, note=note)

    def change(self, value: str) -> None:
        """Save the newest finished sweep; `value` says nothing.

        Raises
        ------
        InputError
            When no sweep is finished yet, or it cannot be saved.
        """
        del value
        if self._newest is None:
            raise InputError("no sweep is finished yet: wait for the first one")
        fill = partial(
            write_sweep,
            update=self._newest,
            sweeps_not_saved=0,
            truth_vergence_dpt=self._truth_dpt,
            cloud=self._cloud,
        )
        self._saved = str(SweepFolder(self._folder).add(fill))

    def write(self, update: DepthUpdate) -> None:
        """Hold `update` when it is final."""
        if update.final:
            self._newest = update

    def close(self) -> None:
        """Let go of it."""
        self._newest = None
