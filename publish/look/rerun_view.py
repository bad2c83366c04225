"""Rerun as a sink: its viewer, an .rrd file, or both."""

import logging
import threading
from collections import deque
from dataclasses import dataclass
from pathlib import Path

import rerun as rr

from calibration.apply.confidence import Confidence
from focstream.clock import now_ns
from focstream.files.writing import writing
from focstream.types import DepthUpdate, FocalSlice
from publish.look.newest_worker import NewestWorker
from publish.look.piped_file import PipedFile
from publish.look.rerun_log import SliceMark, blueprint, has_whole_depth, log_marks, log_slice, log_update
from publish.look.rerun_viewer import open_viewer

_log = logging.getLogger(__name__)

PERIOD_S = 0.05
_FLUSH_WITHIN_S = 5.0
_MOST_MARKS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What goes to Rerun together."""

    update: DepthUpdate
    focal_slice: FocalSlice | None


class RerunView:
    """Logs the newest slice and maps in a thread of its own; older ones are left out, the time series not.

    Parameters
    ----------
    viewer
        Open a viewer on this machine, or use the one that runs.
    save
        File (.rrd) to write; None for none.
    live
        Whether the slices are being taken now; a recording has no latency.
    cloud
        What depth must be to be shown in 3-D; None for all of it.

    Raises
    ------
    InputError
        When the viewer cannot be opened or the file cannot be written.
    """

    def __init__(
        self, *, viewer: bool, save: Path | None, live: bool = True, cloud: Confidence | None = None
    ) -> None:
        self._live = live
        self._cloud = cloud
        sinks: list[rr.sinks.LogSinkLike] = []
        if viewer:  # before the file: where there is no screen, an older file of that name is not replaced
            sinks.append(rr.GrpcSink(open_viewer()))
        self._file = None if save is None else _opened(save)
        if save is not None:
            sinks.append(rr.FileSink(save if self._file is None else self._file.inlet))
        self._stream = rr.RecordingStream("focstream")
        self._stream.set_sinks(*sinks)
        if self._file is not None:
            self._file.opened()
        self._save = save
        self._arranged = False
        self._slice: FocalSlice | None = None
        self._marks: deque[SliceMark] = deque(maxlen=_MOST_MARKS)
        self._lock = threading.Lock()
        self._closed = False
        self._worker: NewestWorker[_Look] = NewestWorker(self._log, name="the Rerun view", period_s=PERIOD_S)

    def see(self, focal_slice: FocalSlice) -> None:
        """Note a slice; its picture is shown with the next map, unless a newer one overtakes it."""
        tag = focal_slice.tag
        focus = tag.sweep_coordinate
        if focal_slice.scale is not None and tag.focus_dpt is not None:
            focus = tag.focus_dpt
        mark = SliceMark(
            stamp_ns=tag.exposure_mid_ns,
            focus=focus,
            latency_ms=(now_ns() - tag.exposure_mid_ns) / 1e6 if self._live else None,
        )
        with self._lock:
            self._slice = focal_slice
            self._marks.append(mark)

    def write(self, update: DepthUpdate) -> None:
        """Show `update`, unless a newer one overtakes it."""
        self._worker.offer(_Look(update=update, focal_slice=self._slice))

    def close(self) -> None:
        """Finish the file; the viewer stays open. May be called twice.

        Raises
        ------
        InputError
            When not all of the file could be written.
        """
        if self._closed:
            return
        self._closed = True
        self._worker.close()
        try:
            self._stream.flush(timeout_sec=_FLUSH_WITHIN_S)
        except Exception as error:  # noqa: BLE001 - Rerun raises plain ValueError or RuntimeError
            _log.warning("Rerun did not take everything: %s", error)
        self._stream.disconnect()
        if self._file is not None:
            self._file.close()
        if self._save is not None:
            _log.info("saved %s (%d maps left out)", self._save, self._worker.skipped)

    def _log(self, look: _Look) -> None:
        if not self._arranged:
            whole_depth = has_whole_depth(look.update, self._cloud)
            self._stream.send_blueprint(blueprint(look.update.scale, whole_depth=whole_depth))
            self._arranged = True
        with self._lock:
            marks = tuple(self._marks)
            self._marks.clear()
        log_marks(self._stream, marks)
        if look.focal_slice is not None:
            log_slice(self._stream, look.focal_slice)
        log_update(self._stream, look.update, self._cloud)
        # A viewer that does not keep up holds up this thread, so that maps are left out rather than queued.
        self._stream.flush(timeout_sec=_FLUSH_WITHIN_S)


def _opened(path: Path) -> PipedFile | None:
    """Open the file to write; None where the system has no paths for pipes, and Rerun opens it itself."""
    with writing(path, remedy="choose another --view-save FILE.rrd"):
        path.parent.mkdir(parents=True, exist_ok=True)
        if PipedFile.is_possible():
            return PipedFile(path, option="--view-save")
        path.write_bytes(b"")
    return None
