"""GenICam cameras (USB3 Vision, GigE Vision, …) through the GenTL producer of their maker."""

import logging
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from capture.camera import CameraFrame, CameraInfo
from capture.genicam_frames import GenicamFrames
from capture.genicam_nodes import Nodes, exposure_s, frame_rate_hz, run_freely
from capture.genicam_pixels import PIXEL_LAYOUTS, choose_pixel_format
from capture.genicam_producers import (
    PATH_VARIABLE,
    describe,
    find_device,
    list_genicam_cameras,
    open_harvester,
)
from capture.genicam_sdk import GenicamSdk, SdkObject, interrupt_kept, load_sdk
from focstream import DeviceLostError, DeviceNotFoundError
from focstream.clock import now_ns

__all__ = ["GenicamCamera", "list_genicam_cameras"]

_log = logging.getLogger(__name__)

_BUFFERS = 8
_FETCH_S = 0.1  # the longest single wait; the deadline of a read is ours
_RATE_FRAMES = 6
_RATE_LIMIT_S = 5.0
_NO_ACCESS = 3  # GenTL's DEVICE_ACCESS_STATUS_NOACCESS


class GenicamCamera:
    """A free-running GenICam camera; open, read and close it in one thread.

    Frames come oldest first, none is skipped here; frames that the camera or its transport lost are gaps in
    `CameraFrame.frame_id`. Without time stamps from the camera, frames are stamped when they are fetched.

    Parameters
    ----------
    serial
        Serial number, user-defined name or id of the camera; None takes the first one found.
    cti_files
        GenTL producers to load besides those that ``GENICAM_GENTL64_PATH`` names.
    pixel_format
        PFNC name, such as ``"Mono12"``; None keeps what the camera is set to, if that can be unpacked.

    Raises
    ------
    DeviceNotFoundError
        On entering: when the packages, the producers or the camera are missing, or the camera is in use.
    InputError
        On entering: when one of `cti_files` cannot be loaded.
    """

    def __init__(
        self, serial: str | None = None, *, cti_files: Sequence[Path] = (), pixel_format: str | None = None
    ) -> None:
        self._serial = serial
        self._cti_files = tuple(cti_files)
        self._pixel_format = pixel_format
        self._name = f"genicam:{serial or 'first'}"
        self._open = ExitStack()
        self._sdk: GenicamSdk | None = None
        self._acquirer: SdkObject = None
        self._info: CameraInfo | None = None
        self._frames = GenicamFrames(name=self._name, exposure_s=0.0)

    @property
    def info(self) -> CameraInfo:
        """What the open camera tells about itself."""
        if self._info is None:
            raise RuntimeError(f"{self._name} is not open: use it in a with statement")
        return self._info

    def read(self, timeout_s: float) -> CameraFrame | None:
        """Return the oldest frame not read yet; None when none came within `timeout_s`.

        Raises
        ------
        DeviceLostError
            When the camera stopped answering, or delivers what cannot be unpacked.
        """
        if self._sdk is None or self._acquirer is None:
            raise RuntimeError(f"{self._name} is not open: use it in a with statement")
        deadline_s = time.monotonic() + timeout_s
        try:
            while True:
                # Never 0: to harvesters that means for ever. None also comes early, for an incomplete buffer.
                left_s = deadline_s - time.monotonic()
                buffer = self._fetch(min(max(left_s, 1e-3), _FETCH_S))
                if buffer is not None:
                    arrival_ns = now_ns()
                    with buffer:
                        return self._frames.frame(buffer, arrival_ns=arrival_ns)
                if time.monotonic() >= deadline_s:
                    break
        except self._sdk.errors as error:
            raise DeviceLostError(f"{self._name} failed ({error}); check its cable and power") from error
        if _is_gone(self._sdk, self._acquirer):
            raise DeviceLostError(f"{self._name} is gone; check its cable and power")
        return None

    def __enter__(self) -> Self:
        """Open the camera and start it."""
        with ExitStack() as opening:
            sdk = load_sdk()
            harvester = opening.enter_context(open_harvester(sdk, self._cti_files))
            self._sdk, self._acquirer = sdk, self._create(sdk, harvester)
            opening.callback(self._forget)
            opening.callback(_destroy, sdk, self._acquirer, name=self._name)
            try:
                self._start(sdk)
            except sdk.errors as error:
                raise DeviceNotFoundError(
                    f"{self._name} cannot be started ({error}); close other programs, or power-cycle it"
                ) from error
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop and close the camera."""
        self._open.close()

    def _create(self, sdk: GenicamSdk, harvester: SdkObject) -> SdkObject:
        device = find_device(sdk, harvester, self._serial)
        if device is None:
            raise DeviceNotFoundError(self._not_found(sdk, harvester))
        self._name = describe(sdk, device).selector
        try:
            with interrupt_kept():
                return harvester.create(device)
        except sdk.errors as error:
            raise DeviceNotFoundError(
                f"{self._name} cannot be opened ({error}); close other programs that use it"
            ) from error

    def _not_found(self, sdk: GenicamSdk, harvester: SdkObject) -> str:
        found = [describe(sdk, device).selector for device in harvester.device_info_list]
        if found:
            return f"{self._name} is not among the cameras found ({', '.join(found)}); give one of these"
        if not harvester.files:
            return (
                f"{self._name}: no GenTL producer found; install the driver of the camera's maker and let "
                f"{PATH_VARIABLE} name the folder of its .cti file"
            )
        files = ", ".join(harvester.files)
        return (
            f"{self._name}: {files} found no camera; check cable, power and network, and close other programs"
        )

    def _start(self, sdk: GenicamSdk) -> None:
        acquirer = self._acquirer
        camera = Nodes(sdk, acquirer.remote_device.node_map)
        # All before the start: features are locked while the camera runs.
        run_freely(camera)
        layout = PIXEL_LAYOUTS[self._set_pixel_format(camera)]
        for stream in acquirer.data_streams:
            Nodes(sdk, stream.node_map).set("StreamBufferHandlingMode", "OldestFirst")
        acquirer.num_buffers = max(_BUFFERS, acquirer.min_num_buffers)
        self._frames = GenicamFrames(name=self._name, exposure_s=exposure_s(camera))
        acquirer.start(run_as_thread=False)
        self._info = CameraInfo(
            name=self._name,
            width_px=int(camera.value("Width") or 0),
            height_px=int(camera.value("Height") or 0),
            colour=layout.colour,
            frame_rate_hz=frame_rate_hz(camera) or self._measured_rate_hz(),
        )

    def _set_pixel_format(self, camera: Nodes) -> str:
        current = str(camera.value("PixelFormat"))
        offered = camera.entries("PixelFormat")
        wanted = self._pixel_format or choose_pixel_format(offered, current=current)
        if wanted not in PIXEL_LAYOUTS or (wanted != current and not camera.set("PixelFormat", wanted)):
            usable = ", ".join(name for name in offered if name in PIXEL_LAYOUTS) or "none that can be used"
            raise DeviceNotFoundError(
                f"{self._name} cannot deliver {wanted or current} images; choose one it offers ({usable})"
            )
        return wanted

    def _measured_rate_hz(self) -> float:
        frames: list[CameraFrame] = []
        deadline_s = time.monotonic() + _RATE_LIMIT_S
        while len(frames) < _RATE_FRAMES and time.monotonic() < deadline_s:
            frame = self.read(_FETCH_S)
            frames += [] if frame is None else [frame]
        if len(frames) < 2:
            raise DeviceNotFoundError(
                f"{self._name} delivers no frames; check its trigger settings and its cable"
            )
        first, last = frames[0], frames[-1]
        return (last.frame_id - first.frame_id) * 1e9 / max(last.exposure_mid_ns - first.exposure_mid_ns, 1)

    def _fetch(self, timeout_s: float) -> SdkObject | None:
        fetched = self._acquirer.try_fetch(timeout=timeout_s)
        if not isinstance(fetched, list):
            return fetched
        for other in fetched[1:]:  # of a camera with several streams the first one counts
            if other is not None:
                other.queue()
        return fetched[0]

    def _forget(self) -> None:
        self._sdk = self._acquirer = self._info = None


def _is_gone(sdk: GenicamSdk, acquirer: SdkObject) -> bool:
    try:
        # Losing a camera raises no event: only this status tells, and not every producer has it.
        return bool(acquirer.device.module.access_status == _NO_ACCESS)
    except sdk.errors:
        return False


def _destroy(sdk: GenicamSdk, acquirer: SdkObject, *, name: str) -> None:
    try:
        acquirer.destroy()
    except sdk.errors as error:  # a camera that is gone cannot be closed
        _log.warning("%s was not closed in order: %s", name, error)
