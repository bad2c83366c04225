"""Webcams and other cameras that the operating system drives (USB Video Class), through OpenCV."""

import dataclasses
import logging
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Self, cast

import cv2

from capture.camera import Adjustment, CameraFrame, CameraInfo, CameraSetting
from capture.device_clock import Stamp
from capture.uvc.adjusting import EXPOSURE_UNIT_S, read_settings, set_by_hand
from capture.uvc.automatics import UvcAutomatics
from capture.uvc.config import UvcConfig
from capture.uvc.device import open_device, resolved
from capture.uvc.opening import open_capture
from capture.uvc.quiet_opencv import quiet_opencv
from capture.uvc.stamps import UvcStamps
from focstream.focal_slice import Image
from focstream.types import DeviceLostError, DeviceNotFoundError

_log = logging.getLogger(__name__)

_LINUX = sys.platform == "linux"
_DEFAULT_RATE_HZ = 30.0
_LATE_PERIODS = 1.5  # without stamps: who reads later than this finds frames that waited
_WAITED_PERIODS = 0.3
_WAITED_S = 0.001  # a frame that is there already comes sooner
_BUFFERS = 8
_SILENT_S = 0.9
_SILENT_FRAMES = 3


class UvcCamera:
    """A free-running camera in the mode it has; open, read and close it in one thread.

    UVC cameras number no frames: `CameraFrame.frame_id` counts those delivered, so losses do not show. Frames
    carry the kernel's stamp, however long they waited to be read; another clock than ours is mapped
    to it. Where there is none that can be used, they are stamped on arrival, and those that waited are thrown
    away. Reading keeps to its timeout on Linux; on other systems it waits for the next frame.

    Parameters
    ----------
    device
        Number of the video device, 0 for ``/dev/video0``, or its path, which may be a link (Linux only).
    config
        Its mode, and whether its automatics are switched off meanwhile.

    Raises
    ------
    DeviceNotFoundError
        On entering: when there is no such camera, it is in use, or there is no permission for it.
    InputError
        On entering: when it has no such mode.
    """

    def __init__(self, device: int | Path, *, config: UvcConfig | None = None) -> None:
        self._device = device
        self._path = resolved(device)
        self._config = config or UvcConfig()
        self._name = f"uvc:{device}"
        self._automatics = UvcAutomatics(self._name)
        self._capture: cv2.VideoCapture | None = None
        self._info: CameraInfo | None = None
        self._open = ExitStack()
        self._delivered = self._grabs = 0
        self._exposure_s = 0.0
        self._stamps = UvcStamps(self._name)
        self._read_s = self._waited_s = 0.0

    @property
    def info(self) -> CameraInfo:
        """What the open camera reports about itself."""
        if self._info is None:
            raise RuntimeError(f"{self._name} is not open: use it in a with statement")
        return self._info

    @property
    def settings(self) -> tuple[CameraSetting, ...]:
        """Exposure and gain, where Linux lets them be set; nothing on other systems."""
        if not _LINUX:
            return ()
        try:
            with open_device(self._path) as ioctl:
                return read_settings(ioctl, frame_s=1.0 / self.info.frame_rate_hz)
        except (OSError, DeviceNotFoundError) as error:
            _log.info("%s: exposure and gain cannot be read: %s", self._name, error)
            return ()

    def adjust(self, name: Adjustment, value: float) -> None:
        """Set exposure (seconds) or gain (in steps) from now on."""
        try:
            with open_device(self._path) as ioctl:
                set_by_hand(ioctl, name, value, name=self._name)
        except DeviceNotFoundError as error:
            raise DeviceLostError(f"{self._name} is gone; check its cable") from error
        if name == "exposure":
            self._exposure_s = round(value / EXPOSURE_UNIT_S) * EXPOSURE_UNIT_S

    def read(self, timeout_s: float) -> CameraFrame | None:
        """Return the oldest frame not read yet; None when none came within `timeout_s`.

        Raises
        ------
        DeviceLostError
            When the camera was unplugged or stopped delivering.
        """
        if self._capture is None:
            raise RuntimeError(f"{self._name} is not open: use it in a with statement")
        started_s = time.monotonic()
        with quiet_opencv():
            if not self._fresh(self._capture, timeout_s=timeout_s):
                if _LINUX and not self._path.exists():
                    raise DeviceLostError(f"{self._name} is gone; check its cable")
                self._waited_s += time.monotonic() - started_s
                self._check_alive()
                return None
            self._waited_s = 0.0
            delivered, image = self._capture.retrieve()
        if not delivered:
            raise DeviceLostError(
                f"{self._name} delivers broken frames; check its cable, or use another USB port"
            )
        return self._frame(cast("Image", image), stamp=self._stamps.stamp(self._capture, self._grabs))

    def __enter__(self) -> Self:
        """Open the camera and take a first frame, which shows that it really delivers."""
        self._path = resolved(self._device)  # a link may lead elsewhere than before
        with quiet_opencv(), ExitStack() as opening:
            capture = opening.enter_context(open_capture(self._device, self._config, name=self._name))
            opening.callback(self._forget)
            opening.callback(self._put_automatics_back)
            self._switch_automatics_off()
            delivered, image = capture.read()
            if not delivered:
                raise DeviceNotFoundError(
                    f"{self._name} delivers no frames; close other programs that use it"
                )
            self._capture, self._delivered, self._grabs = capture, 0, 0
            self._stamps = UvcStamps(self._name)
            self._stamps.stamp(capture, 0)
            self._read_s, self._waited_s = time.monotonic(), 0.0
            self._exposure_s = (
                max(capture.get(cv2.CAP_PROP_EXPOSURE), 0.0) * EXPOSURE_UNIT_S if _LINUX else 0.0
            )
            self._info = self._told(capture, cast("Image", image))
            self._open = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop and close the camera."""
        self._open.close()

    def _fresh(self, capture: cv2.VideoCapture, *, timeout_s: float) -> bool:
        """Whether a frame came in time: the oldest that waits, or the next one where frames have no stamp."""
        period_s = 1.0 / self.info.frame_rate_hz
        late = not self._stamps.are_used and time.monotonic() - self._read_s > _LATE_PERIODS * period_s
        for _ in range(_BUFFERS):
            started_s = time.monotonic()
            grabbed = self._grabbed(capture, timeout_s=timeout_s)
            self._read_s = time.monotonic() if grabbed else self._read_s
            self._grabs += int(grabbed)
            if not grabbed or self._read_s - started_s > _WAITED_S:
                self._stamps.saw_none()
            if not grabbed:
                return False
            if not late or self._read_s - started_s > _WAITED_PERIODS * period_s:
                break
            capture.retrieve()  # it was there already: away with it; only then the next can be waited for
        return True

    def _check_alive(self) -> None:
        if self._waited_s > max(_SILENT_S, _SILENT_FRAMES / self.info.frame_rate_hz):
            raise DeviceLostError(
                f"{self._name} has delivered nothing for {self._waited_s:.1f} s; check its cable"
            )

    def _told(self, capture: cv2.VideoCapture, image: Image) -> CameraInfo:
        told_hz = capture.get(cv2.CAP_PROP_FPS)
        rate_hz = told_hz if told_hz > 0 else _DEFAULT_RATE_HZ
        return CameraInfo(
            name=self._name,
            width_px=image.shape[1],
            height_px=image.shape[0],
            colour=image.ndim == 3,
            frame_rate_hz=rate_hz,
            stamp_late_s=0.0 if self._stamps.are_ours else _LATE_PERIODS / rate_hz,
        )

    def _grabbed(self, capture: cv2.VideoCapture, *, timeout_s: float) -> bool:
        """Whether a frame came in time; it then waits in `capture` to be retrieved."""
        if not _LINUX:
            if not capture.grab():
                raise DeviceLostError(f"{self._name} stopped; check its cable")
            return True
        try:
            # Not 0, which means for ever; and grab() alone would wait for ten seconds.
            ready, _ = cv2.VideoCapture.waitAny([capture], max(int(timeout_s * 1e9), 1))
        except cv2.error as error:
            raise DeviceLostError(f"{self._name} stopped; check its cable") from error
        return bool(ready)

    def _frame(self, image: Image, *, stamp: Stamp) -> CameraFrame:
        if not self._stamps.are_ours and self.info.stamp_late_s == 0.0:  # its clock went wrong meanwhile
            late_s = _LATE_PERIODS / self.info.frame_rate_hz
            self._info = dataclasses.replace(self.info, stamp_late_s=late_s)
        frame_id = self._delivered
        self._delivered += 1
        return CameraFrame(
            image=image,
            frame_id=frame_id,
            exposure_mid_ns=stamp.host_ns - round(self._exposure_s * 5e8),
            exposure_s=self._exposure_s,
            clock=stamp.clock,
            doubt=stamp.doubt,
            unsure_s=stamp.unsure_ns * 1e-9,
        )

    def _forget(self) -> None:
        self._capture = self._info = None

    def _switch_automatics_off(self) -> None:
        if self._config.automatics == "keep":
            return
        if not _LINUX:
            _log.warning(
                "%s: its automatic exposure, white balance and focus cannot be switched off on this system; "
                "switch them off with its maker's program, or give --uvc.automatics keep",
                self._name,
            )
            return
        with open_device(self._path) as ioctl:
            self._automatics.switch_off(ioctl)

    def _put_automatics_back(self) -> None:
        if not _LINUX:
            return
        try:
            with open_device(self._path) as ioctl:
                self._automatics.put_back(ioctl)
        except DeviceNotFoundError:
            self._automatics.gone()
