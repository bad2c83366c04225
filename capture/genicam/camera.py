"""GenICam cameras (USB3 Vision, GigE Vision, …) through the GenTL producer of their maker."""

import logging
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from capture.camera import CameraFrame, CameraInfo
from capture.genicam.buffers import GenicamBuffers
from capture.genicam.chunks import ChunkReader
from capture.genicam.config import GenicamConfig, Timing
from capture.genicam.focus import FocusFeature, find_focus
from capture.genicam.frames import GenicamFrames
from capture.genicam.listing import list_genicam_cameras
from capture.genicam.nodes import Nodes
from capture.genicam.pixels import PIXEL_LAYOUTS, choose_pixel_format
from capture.genicam.producers import open_device
from capture.genicam.sdk import GenicamSdk, SdkObject, load_sdk
from capture.genicam.sequencer import program_sequencer, stop_sequencer
from capture.genicam.setup import (
    MissingFeatures,
    apply_settings,
    can_trigger,
    enable_chunks,
    exposure_s,
    frame_rate_hz,
    readout_s,
    set_timing,
)
from focstream.clock import now_ns
from focstream.types import DeviceLostError, DeviceNotFoundError

__all__ = ["GenicamCamera", "list_genicam_cameras"]

_log = logging.getLogger(__name__)

_RATE_FRAMES = 6
_RATE_READ_S = 0.1
_RATE_LIMIT_S = 5.0
_TRIGGERED_RATE_HZ = 30.0  # where nothing tells how fast a triggered camera could be
_SILENT_S = 0.8
_SILENT_FRAMES = 3


class GenicamCamera:
    """A GenICam camera; open, read, trigger and close it in one thread, as producers may be bound to it.

    Frames come oldest first, none is skipped here; frames that the camera or its transport lost are gaps in
    `CameraFrame.frame_id`. Without time stamps from the camera, frames are stamped when they are fetched.

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
        self.config = config or GenicamConfig()
        self.name = f"genicam:{serial or 'first'}"
        self._serial = serial
        self._cti_files = tuple(cti_files)
        self._prefer_trigger = prefer_trigger
        self._missing = MissingFeatures()
        self._open = ExitStack()
        self._sdk: GenicamSdk | None = None
        self._buffers: GenicamBuffers | None = None
        self._nodes: Nodes | None = None
        self._info: CameraInfo | None = None
        self._frames: GenicamFrames | None = None
        self._trigger_name: str | None = None
        self._waited_s = 0.0
        self._thread_id: int | None = None
        self.focus_feature: FocusFeature | None = None

    @property
    def info(self) -> CameraInfo:
        """What the open camera tells about itself."""
        if self._info is None:
            raise self._not_open()
        return self._info

    @property
    def nodes(self) -> Nodes:
        """Its features, while it is open."""
        if self._nodes is None:
            raise self._not_open()
        return self._nodes

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What its features raise."""
        return () if self._sdk is None else self._sdk.errors

    def read(self, timeout_s: float) -> CameraFrame | None:
        """Return the oldest frame not read yet; None when none came within `timeout_s`.

        Raises
        ------
        DeviceLostError
            When the camera stopped answering, or delivers what cannot be unpacked.
        """
        if self._buffers is None or self._frames is None:
            raise self._not_open()
        self._check_thread()
        started_s = time.monotonic()
        try:
            with self._buffers.borrow(timeout_s) as buffer:
                if buffer is not None:
                    self._waited_s = 0.0
                    return self._frames.frame(buffer, arrival_ns=now_ns())
        except self.errors as error:
            raise self._failed(error) from error
        self._waited_s += time.monotonic() - started_s
        self._check_alive()
        return None

    def trigger(self) -> None:
        """Start one exposure and return at once; only with the timing "software".

        Raises
        ------
        DeviceLostError
            When the camera stopped answering.
        """
        self._check_thread()
        try:
            self.nodes.fire(str(self._trigger_name))
        except self.errors as error:
            raise self._failed(error) from error

    def lost_in_transport(self) -> int:
        """Frames that found no free buffer since the start; 0 where the producer does not count."""
        return 0 if self._buffers is None else self._buffers.lost()

    def incomplete(self) -> int:
        """Images that came incomplete and were discarded since it was opened; gaps in the frame ids."""
        return 0 if self._buffers is None else self._buffers.incomplete()

    def run_sequence(self, focus_dpt: tuple[float, ...], *, settle_s: float) -> float:
        """Let the camera's sequencer take exposures at these vergences in a ring (`SequencingCamera`)."""
        feature, names = self.focus_feature, self.config.names
        if feature is None:
            raise DeviceNotFoundError(f"{self.name} has no focus of its own that its sequencer could move")
        nodes = self.nodes
        if self._buffers is None:
            raise self._not_open()
        self._buffers.stop()
        steps_name = nodes.first(names.focus_steps)
        program_sequencer(nodes, feature, focus_dpt, steps_name=steps_name, name=self.name)
        rate_hz = self._rate_for(settle_s + exposure_s(nodes, names))
        self._buffers.start()
        self._waited_s = 0.0
        return rate_hz

    def stop_sequence(self) -> None:
        """Stop exposing and switch the sequencer off."""
        if self._buffers is None:
            return
        try:
            self._buffers.stop()
        except self.errors as error:  # a camera that is gone has stopped already
            _log.debug("%s: %s", self.name, error)
            return
        stop_sequencer(self.nodes)

    def __enter__(self) -> Self:
        """Open the camera and start it."""
        self._thread_id = threading.get_ident()
        with ExitStack() as opening:
            self._sdk = sdk = load_sdk()
            opening.callback(self._forget)
            device = opening.enter_context(open_device(sdk, self._cti_files, self._serial))
            self.name = device.listing.selector
            self._serial = device.listing.serial or self._serial  # after a reconnect it must be the same one
            try:
                self._start(sdk, device.acquirer)
            except sdk.errors as error:
                raise DeviceNotFoundError(
                    f"{self.name} cannot be started ({error}); close other programs, or power-cycle it"
                ) from error
            self._open = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop and close the camera."""
        self._open.close()  # whoever asks: a camera left open would be worse
        self._check_thread()

    def _start(self, sdk: GenicamSdk, acquirer: SdkObject) -> None:
        config = self.config
        self._nodes = camera = Nodes(sdk, acquirer.remote_device.node_map)
        # All before the start: features are locked while the camera runs.
        timing = self._timing(camera)
        set_timing(camera, config, timing, name=self.name)
        pixel_format = self._set_pixel_format(camera)
        layout = PIXEL_LAYOUTS[pixel_format]
        apply_settings(camera, config, name=self.name)
        chunks = enable_chunks(camera, config.names) if config.chunks else ()
        packed_format = None if layout.packing is None else pixel_format
        self._buffers = GenicamBuffers(sdk, acquirer, packed_format=packed_format)
        self.focus_feature = find_focus(camera, config.names, offset_dpt=config.focus_offset_dpt)
        rows_s = readout_s(camera, config, name=self.name)
        self._frames = GenicamFrames(
            name=self.name,
            sdk=sdk,
            exposure_s=exposure_s(camera, config.names),
            readout_s=rows_s,
            chunks=ChunkReader(camera, chunks, config.names) if chunks else None,
            focus=self.focus_feature,
        )
        self._tell_missing(camera, chunks)
        self._buffers.start()
        self._waited_s = 0.0
        rate_hz = frame_rate_hz(camera, config.names) or self._measured_rate_hz(timing)
        self._info = CameraInfo(
            name=self.name,
            width_px=int(camera.value("Width") or 0),
            height_px=int(camera.value("Height") or 0),
            colour=layout.colour,
            frame_rate_hz=rate_hz,
            timing=timing,
            # Read-out and transfer are in the stamps; a camera that runs freely does both within a period.
            stamp_late_s=0.0 if timing == "software" else 1.0 / rate_hz,
            readout_s=rows_s,
        )

    def _timing(self, camera: Nodes) -> Timing:
        able = can_trigger(camera, self.config.names)
        timing = self.config.timing or ("software" if self._prefer_trigger and able else "free")
        self._trigger_name = camera.first(self.config.names.trigger_software)
        return timing

    def _tell_missing(self, camera: Nodes, chunks: tuple[str, ...]) -> None:
        names = self.config.names
        roles = {
            "exposure time": names.exposure_us,
            "frame rate": (*names.resulting_rate_hz, *names.frame_rate_hz),
            "software trigger": names.trigger_software,
            "focus": (*names.focus_power_dpt, *names.focus_distance_mm, *names.focus_steps),
        }
        missing = [
            f"{role} ({', '.join(candidates)})"
            for role, candidates in roles.items()
            if camera.first(candidates) is None
        ]
        if self.config.chunks and not chunks:
            missing.append("chunk data (ChunkModeActive)")
        self._missing.tell(self.name, missing)

    def _set_pixel_format(self, camera: Nodes) -> str:
        current = str(camera.value("PixelFormat"))
        offered = camera.entries("PixelFormat")
        wanted = self.config.pixel_format or choose_pixel_format(offered, current=current)
        if wanted not in PIXEL_LAYOUTS or (wanted != current and not camera.set("PixelFormat", wanted)):
            usable = ", ".join(name for name in offered if name in PIXEL_LAYOUTS) or "none that can be used"
            raise DeviceNotFoundError(
                f"{self.name} cannot deliver {wanted or current} images; choose one it offers ({usable})"
            )
        return wanted

    def _rate_for(self, period_s: float) -> float:
        """Slow a free-running camera down to this period, if it is faster."""
        names, nodes = self.config.names, self.nodes
        rate_hz = self.info.frame_rate_hz
        if rate_hz * period_s <= 1:
            return rate_hz
        enable = nodes.first(names.frame_rate_enable)
        if enable is not None:
            nodes.set(enable, True)
        name = nodes.first(names.frame_rate_hz)
        if name is None or not nodes.set(name, 1 / period_s):
            raise DeviceNotFoundError(
                f"{self.name} is too fast for its focus ({rate_hz:.1f} Hz, needs {period_s:.3f} s) and "
                "cannot be slowed down; use --genicam.timing software"
            )
        return 1 / period_s

    def _measured_rate_hz(self, timing: Timing) -> float:
        if timing in ("software", "hardware"):
            return _TRIGGERED_RATE_HZ
        frames: list[CameraFrame] = []
        deadline_s = time.monotonic() + _RATE_LIMIT_S
        while len(frames) < _RATE_FRAMES and time.monotonic() < deadline_s:
            frame = self.read(_RATE_READ_S)
            frames += [] if frame is None else [frame]
        if len(frames) < 2:
            raise DeviceNotFoundError(
                f"{self.name} delivers no frames; check its trigger settings and its cable"
            )
        first, last = frames[0], frames[-1]
        return (last.frame_id - first.frame_id) * 1e9 / max(last.exposure_mid_ns - first.exposure_mid_ns, 1)

    def _check_alive(self) -> None:
        if self._buffers is not None and self._buffers.camera_is_gone():
            raise DeviceLostError(f"{self.name} is gone; check its cable and power")
        if self._info is None or self._info.timing in ("software", "hardware"):
            return  # silence means nothing to a camera that waits
        if self._waited_s > max(_SILENT_S, _SILENT_FRAMES / self._info.frame_rate_hz):
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

    def _not_open(self) -> RuntimeError:
        return RuntimeError(f"{self.name} is not open: use it in a with statement")

    def _forget(self) -> None:
        self._sdk = self._buffers = self._info = self._nodes = self._frames = None
        self.focus_feature = None
