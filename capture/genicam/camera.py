"""GenICam cameras (USB3 Vision, GigE Vision, …) through the GenTL producer of their maker."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Self

from capture.camera import Adjustment, CameraFrame, CameraInfo, CameraSetting
from capture.genicam.buffers import GenicamBuffers
from capture.genicam.chunks import ChunkReader
from capture.genicam.config import GenicamConfig
from capture.genicam.first_exposure import first_frame_id
from capture.genicam.focus import FocusFeature, find_focus, select_controller
from capture.genicam.frame_ids import FrameIds
from capture.genicam.frames import GenicamFrames
from capture.genicam.nodes import Nodes
from capture.genicam.pixels import PIXEL_LAYOUTS
from capture.genicam.producers import open_device
from capture.genicam.rate import frame_rate_hz, measure_rate_hz, slow_down
from capture.genicam.sdk import GenicamSdk, SdkObject, load_sdk
from capture.genicam.sequencer import program_sequencer, stop_sequencer
from capture.genicam.settings.adjusting import Adjusting
from capture.genicam.settings.automatics import Automatics
from capture.genicam.settings.presets import with_preset
from capture.genicam.settings.triggers import set_timing
from capture.genicam.setup import (
    apply_settings,
    choose_timing,
    enable_chunks,
    exposure_s,
    log_missing,
    readout_s,
    set_pixel_format,
)
from capture.genicam.stamps import GenicamStamps
from focstream.clock import now_ns
from focstream.types import DeviceLostError, DeviceNotFoundError, InputError

_log = logging.getLogger(__name__)

_SILENT_S = 0.8  # shorter: false alarms on a busy computer; longer: a lost camera is noticed later
_SILENT_FRAMES = 3  # the same for cameras slower than 4 Hz


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """The parts of a camera that exist while it is open.

    Attributes
    ----------
    sdk
        Knows the errors that its features raise.
    nodes, buffers, frames
        Its features, its images, and what makes frames of them.
    ids, sends_set
        Counts the images, and whether each says which sequencer set it was taken with.
    focus
        Feature that moves its focus, where it has one.
    trigger_name
        Its command for a software trigger.
    adjusting
        Its exposure and gain.
    info
        Its description for the rest of focstream.
    """

    sdk: GenicamSdk
    nodes: Nodes
    buffers: GenicamBuffers
    frames: GenicamFrames
    ids: FrameIds
    sends_set: bool
    focus: FocusFeature | None
    trigger_name: str | None
    adjusting: Adjusting
    info: CameraInfo


class GenicamCamera:
    """A GenICam camera; open, read, trigger and close it in one thread, as producers may be bound to it.

    Frames come oldest first, none is skipped here; frames that the camera or its transport lost are gaps in
    `CameraFrame.frame_id`. Without stamps of the camera, frames are stamped by their count and arrivals.

    Parameters
    ----------
    serial
        Serial number, user-defined name or id of the camera; None takes the first one found.
    cti_files
        GenTL producers to load besides those that ``GENICAM_GENTL64_PATH`` names.
    config
        How to set it up.
    prefer_trigger
        Where `config` leaves the timing open, wait for `trigger` if the camera can.

    Raises
    ------
    DeviceNotFoundError
        On entering: when the packages, the producers or the camera are missing, or the camera is in use.
    InputError
        On entering: when one of `cti_files` cannot be loaded, or the camera cannot do what `config` asks.
    """

    def __init__(
        self,
        serial: str | None = None,
        *,
        cti_files: Sequence[Path] = (),
        config: GenicamConfig | None = None,
        prefer_trigger: bool = False,
    ) -> None:
        self.config = with_preset(config or GenicamConfig())
        self.name = f"genicam:{serial or 'first'}"
        self._serial = serial
        self._cti_files = tuple(cti_files)
        self._prefer_trigger = prefer_trigger
        self._missing: set[str] = set()
        self._automatics = Automatics()
        self._open: _Open | None = None
        self._closing = ExitStack()
        self._waited_s = 0.0
        self._thread_id: int | None = None

    @property
    def info(self) -> CameraInfo:
        """Name, size, rate and timing of the open camera."""
        return self._opened().info

    @property
    def nodes(self) -> Nodes:
        """Its features, while it is open."""
        return self._opened().nodes

    @property
    def focus_feature(self) -> FocusFeature | None:
        """The feature that moves its own focus, while it is open; None without."""
        return self._opened().focus

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """Exceptions that its features raise."""
        return () if self._open is None else self._open.sdk.errors

    def read(self, timeout_s: float) -> CameraFrame | None:
        """Return the oldest frame not read yet; None when none came within `timeout_s`.

        Raises
        ------
        DeviceLostError
            When the camera stopped answering, or delivers what cannot be unpacked.
        """
        opened = self._opened()
        self._check_thread()
        started_s = time.monotonic()
        try:
            frame = _next_frame(opened.buffers, opened.frames, timeout_s, name=self.name)
        except opened.sdk.errors as error:
            raise self._failed(error) from error
        if frame is None:
            self._waited_s += time.monotonic() - started_s
            self._check_silence(opened)
        else:
            self._waited_s = 0.0
        return frame

    def trigger(self) -> None:
        """Start one exposure and return at once; only with the timing "software".

        Raises
        ------
        DeviceLostError
            When the camera stopped answering.
        """
        self._check_thread()
        opened = self._opened()
        try:
            opened.nodes.fire(str(opened.trigger_name))
        except opened.sdk.errors as error:
            raise self._failed(error) from error

    @property
    def settings(self) -> tuple[CameraSetting, ...]:
        """Exposure and gain, where it has them."""
        opened = self._opened()
        try:
            return opened.adjusting.settings
        except opened.sdk.errors as error:
            raise self._failed(error) from error

    def adjust(self, name: Adjustment, value: float) -> None:
        """Set exposure (seconds) or gain (in the camera's unit) from now on; its rate may change with it."""
        self._check_thread()
        opened = self._opened()
        try:
            opened.adjusting.set(name, value, at_rest=self._at_rest)
            opened.frames.expose(exposure_s(opened.nodes, self.config.names))
            info = opened.adjusting.described(opened.info)
        except opened.sdk.errors as error:
            raise self._failed(error) from error
        self._open = replace(opened, info=info)

    def incomplete(self) -> int:
        """Images that came incomplete and were discarded since it was opened; gaps in the frame ids."""
        return 0 if self._open is None else self._open.buffers.incomplete()

    def run_sequence(self, focus_dpt: tuple[float, ...], *, settle_s: float) -> float:
        """Let the camera's sequencer take exposures at these vergences in a ring (`SequencingCamera`)."""
        opened, names = self._opened(), self.config.names
        nodes, feature = opened.nodes, opened.focus
        if feature is None:
            raise DeviceNotFoundError(f"{self.name} has no focus of its own that its sequencer could move")
        opened.buffers.stop()
        stop_sequencer(nodes)
        steps_name = nodes.first(names.focus_steps)
        expected = self._first_in_ring(opened)
        first_set = program_sequencer(nodes, feature, focus_dpt, steps_name=steps_name, name=self.name)
        opened.frames.first_set = first_set
        if not opened.sends_set and (expected is None or nodes.value("SequencerSetStart") != first_set):
            raise InputError(
                f"{self.name} does not say with which sequencer set an image was taken "
                "(ChunkSequencerSetActive), and its frame ids do not show it; "
                "use --genicam.timing software or free"
            )
        rate_hz = slow_down(
            nodes,
            names,
            period_s=settle_s + exposure_s(nodes, names),
            rate_hz=opened.info.frame_rate_hz,
            name=self.name,
        )
        opened.ids.begin(expected)
        opened.buffers.start()
        self._waited_s = 0.0
        return rate_hz

    def stop_sequence(self) -> None:
        """Stop exposing and switch the sequencer off."""
        opened = self._open
        if opened is None:
            return
        try:
            opened.buffers.stop()
        except opened.sdk.errors as error:  # a camera that is gone has stopped already
            _log.debug("%s: %s", self.name, error)
            return
        stop_sequencer(opened.nodes)

    def __enter__(self) -> Self:
        """Open the camera and start it."""
        self._thread_id = threading.get_ident()
        with ExitStack() as opening:
            sdk = load_sdk()
            device = opening.enter_context(open_device(sdk, self._cti_files, self._serial))
            self.name = device.listing.selector
            self._serial = device.listing.serial or self._serial  # after a reconnect it must be the same one
            nodes = Nodes(sdk, device.acquirer.remote_device.node_map)
            opening.callback(self._put_automatics_back, nodes)
            try:
                self._open = self._started(sdk, device.acquirer, nodes)
            except sdk.errors as error:
                raise DeviceNotFoundError(
                    f"{self.name} cannot be started ({error}); close other programs, or power-cycle it"
                ) from error
            self._waited_s = 0.0
            self._closing = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop and close the camera."""
        self._open = None
        self._closing.close()  # also for another thread: a camera left open would be worse
        self._check_thread()

    def _put_automatics_back(self, nodes: Nodes) -> None:
        self._automatics.put_back(nodes, name=self.name)

    def _started(self, sdk: GenicamSdk, acquirer: SdkObject, nodes: Nodes) -> _Open:
        """Set the camera up and let it expose."""
        config, names, name = self.config, self.config.names, self.name
        # All before the start: features are locked while the camera runs.
        timing = choose_timing(nodes, config, prefer_trigger=self._prefer_trigger)
        set_timing(nodes, config, timing, name=name)
        pixel_format = set_pixel_format(nodes, config, name=name)
        layout = PIXEL_LAYOUTS[pixel_format]
        apply_settings(nodes, config, self._automatics, name=name)
        chunks = enable_chunks(nodes, names) if config.chunks else ()
        packed_format = None if layout.packing is None else pixel_format
        buffers = GenicamBuffers(sdk, acquirer, packed_format=packed_format)
        select_controller(nodes, names)
        focus = find_focus(nodes, names, offset_dpt=config.focus_offset_dpt)
        rows_s, ids = readout_s(nodes, config, name=name), FrameIds()
        frames = GenicamFrames(
            name=name,
            stamps=GenicamStamps(
                name=name,
                nodes=nodes,
                names=names,
                device=acquirer.device.module,
                errors=sdk.errors,
                runs_freely=timing in ("free", "hardware"),
            ),
            errors=sdk.errors,
            exposure_s=exposure_s(nodes, names),
            readout_s=rows_s,
            chunks=ChunkReader(nodes, chunks, names) if chunks else None,
            focus=focus,
            ids=ids,
        )
        log_missing(nodes, config, chunks, name=name, logged=self._missing)
        buffers.start()
        opened_hz = frame_rate_hz(nodes, names) or measure_rate_hz(
            partial(_next_frame, buffers, frames, name=name), timing, name=name
        )
        adjusting = Adjusting(nodes, names, timing, name=name, automatics=self._automatics, rate_hz=opened_hz)
        rate_hz = adjusting.rate_hz(exposure_s(nodes, names))
        info = CameraInfo(
            name=name,
            width_px=int(nodes.value("Width") or 0),
            height_px=int(nodes.value("Height") or 0),
            colour=layout.colour,
            frame_rate_hz=rate_hz,
            timing=timing,
            # Read-out and transfer are in the stamps; a camera that runs freely does both within a period.
            stamp_late_s=0.0 if timing == "software" else 1.0 / rate_hz,
            readout_s=rows_s,
        )
        return _Open(
            sdk=sdk,
            nodes=nodes,
            buffers=buffers,
            frames=frames,
            ids=ids,
            sends_set="ChunkSequencerSetActive" in chunks,
            focus=focus,
            trigger_name=nodes.first(names.trigger_software),
            adjusting=adjusting,
            info=info,
        )

    def _at_rest(self, work: Callable[[], bool]) -> bool:
        """Do something while the camera exposes nothing; it counts anew then."""
        opened = self._opened()
        opened.buffers.stop()
        try:
            return work()
        finally:
            opened.ids.begin(None)
            opened.buffers.start()
            self._waited_s = 0.0

    def _first_in_ring(self, opened: _Open) -> int | None:
        """Frame id of the first exposure of a ring, where no chunk tells the place of each."""
        if opened.sends_set:
            return None
        try:
            return first_frame_id(opened.nodes, opened.buffers, period_s=1 / opened.info.frame_rate_hz)
        except opened.sdk.errors as error:
            raise self._failed(error) from error

    def _opened(self) -> _Open:
        if self._open is None:
            raise RuntimeError(f"{self.name} is not open: use it in a with statement")
        return self._open

    def _check_silence(self, opened: _Open) -> None:
        if opened.info.timing in ("software", "hardware"):
            return  # silence means nothing to a camera that waits
        if self._waited_s > max(_SILENT_S, _SILENT_FRAMES / opened.info.frame_rate_hz):
            but = f" but {self.incomplete()} incomplete images" if self.incomplete() else ""
            raise DeviceLostError(
                f"{self.name} has delivered nothing for {self._waited_s:.1f} s{but}; "
                "check its cable and bandwidth"
            )

    def _check_thread(self) -> None:
        if self._thread_id not in (None, threading.get_ident()):
            raise RuntimeError(f"{self.name} was opened in another thread: read and close it there")

    def _failed(self, error: Exception) -> DeviceLostError:
        return DeviceLostError(f"{self.name} failed ({error}); check its cable and power")


def _next_frame(
    buffers: GenicamBuffers, frames: GenicamFrames, timeout_s: float, *, name: str
) -> CameraFrame | None:
    """Return the oldest frame not read yet; None when none came in time though the camera is there."""
    with buffers.borrow(timeout_s) as buffer:
        if buffer is not None:
            return frames.frame(buffer, arrival_ns=now_ns(), empty_ns=buffers.empty_ns)
    if buffers.camera_is_gone():
        raise DeviceLostError(f"{name} is gone; check its cable and power")
    return None
