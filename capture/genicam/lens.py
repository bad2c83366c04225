"""A GenICam camera's own focus as a lens."""

import time
from typing import Self

from capture.genicam.camera import GenicamCamera
from capture.genicam.focus import FocusFeature
from capture.lens import SHORT_WAY, LensInfo
from capture.lenses.periodic import Periodic
from focstream.types import DeviceLostError, DeviceNotFoundError

_INITIALIZE_S = 10.0  # a motor that looks for its end stop takes its time
_TRAVEL_S = 10.0  # longer than any motor over all of its range, so that a stuck one ends the opening
_POLL_S = 0.002  # the error of the time to settle, against the load on the camera's control channel
_DEFAULT_SETTLE_S = 0.1  # for a lens that reports neither its state nor its position
_AT_REST_SHARE = 0.003  # of the range: so near to the command the focus counts as reached


class GenicamLens:
    """The focus of an open `GenicamCamera`; the camera must be entered first and outlive it.

    The camera reports whether the focus is at rest: its status, and the position where it reads back other
    than the command. Without either, the time to settle is a guess (``--genicam.focus-settle-s``).
    """

    def __init__(self, camera: GenicamCamera) -> None:
        self._camera = camera
        self._info: LensInfo | None = None
        self._feature: FocusFeature | None = None
        self._target = 0.0
        self._status: str | None = None
        self._temperature_c: float | None = None
        self._check = Periodic()

    @property
    def info(self) -> LensInfo:
        """Name, limits and behaviour of the open lens."""
        if self._info is None:
            raise RuntimeError("the camera's lens is not open: use it in a with statement")
        return self._info

    def move(self, focus_dpt: float) -> None:
        """Ask for an object-side vergence (dioptres) and return at once.

        Raises
        ------
        DeviceLostError
            When the camera stopped answering.
        """
        feature = self._found()
        value = feature.from_dpt(focus_dpt)
        nodes = self._camera.nodes
        self._target = round(value) if nodes.is_integer(feature.name) else value
        try:
            nodes.write(feature.name, self._target)
        except self._camera.errors as error:
            raise self._lost(error) from error

    def settled(self) -> bool:
        """Return True when the focus has come to rest where it was sent.

        Raises
        ------
        DeviceLostError
            When the camera stopped answering.
        """
        feature, nodes = self._found(), self._camera.nodes
        try:
            if (
                self._status is not None
                and nodes.read(self._status) not in self._camera.config.names.focus_ready
            ):
                return False
            off = abs(float(nodes.read(feature.name)) - self._target)
        except self._camera.errors as error:
            raise self._lost(error) from error
        return off <= _AT_REST_SHARE * (feature.highest - feature.lowest)

    def told_dpt(self, focus_dpt: float) -> float:
        """Vergence meant by the focus that the camera sent with an image (`OwnFocus`)."""
        return focus_dpt

    def temperature_c(self) -> float | None:
        """Temperature of the lens, at most a second old; None where the camera does not report it."""
        if self._check.due():
            reported = self._camera.nodes.value(*self._camera.config.names.focus_temperature_c)
            self._temperature_c = float(reported) if isinstance(reported, int | float) else None
        return self._temperature_c

    def __enter__(self) -> Self:
        """Prepare the focus motor, and measure how long it takes to settle."""
        camera = self._camera
        names, nodes = camera.config.names, camera.nodes
        for command in names.focus_initialize:
            feature_name, is_set, value = command.partition("=")
            _ = nodes.set(feature_name, value) if is_set else nodes.run(command)
        nodes.set("FocusAuto", "Off")
        feature = camera.focus_feature
        if feature is None:
            wanted = ", ".join((*names.focus_power_dpt, *names.focus_distance_mm, *names.focus_steps))
            raise DeviceNotFoundError(
                f"{camera.info.name} has no focus of its own ({wanted}); give --lens KIND or --lens sim, or "
                "name its focus feature with --genicam.names.focus-steps"
            )
        self._feature = feature
        self._status = next((name for name in names.focus_status if nodes.entries(name)), None)
        far_dpt, near_dpt = feature.limits_dpt
        settle_s, flyback_s = self._measure(far_dpt=far_dpt, near_dpt=near_dpt)
        self._info = LensInfo(
            name=f"{camera.info.name}/{feature.name}",
            far_dpt=far_dpt,
            near_dpt=near_dpt,
            settle_s=settle_s,
            flyback_s=flyback_s,
            latency_s=camera.config.focus_latency_s,
            is_metric=feature.is_metric,
        )
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the focus where it is."""
        self._info = self._feature = None

    def _measure(self, *, far_dpt: float, near_dpt: float) -> tuple[float, float]:
        """Seconds for a tenth of the range, and for all of it."""
        told_s = self._camera.config.focus_settle_s
        if told_s is not None:
            return told_s * SHORT_WAY, told_s
        if self._status is None:
            return _DEFAULT_SETTLE_S, _DEFAULT_SETTLE_S
        self._travel_s(far_dpt, limit_s=_INITIALIZE_S)
        step_s = self._travel_s(far_dpt + SHORT_WAY * (near_dpt - far_dpt), limit_s=_TRAVEL_S)
        self._travel_s(near_dpt, limit_s=_TRAVEL_S)
        return step_s, self._travel_s(far_dpt, limit_s=_TRAVEL_S)

    def _travel_s(self, focus_dpt: float, *, limit_s: float) -> float:
        started_s = time.monotonic()
        self.move(focus_dpt)
        while not self.settled():
            if time.monotonic() - started_s > limit_s:
                status = self._camera.nodes.value(str(self._status))
                raise DeviceNotFoundError(
                    f"{self._camera.info.name}: its focus did not come to rest at {focus_dpt:g} dpt within "
                    f"{limit_s:g} s ({self._status} says {status}); check the lens, or see "
                    "--genicam.names.focus-ready"
                )
            time.sleep(_POLL_S)
        return time.monotonic() - started_s

    def _found(self) -> FocusFeature:
        if self._feature is None:
            raise RuntimeError("the camera's lens is not open: use it in a with statement")
        return self._feature

    def _lost(self, error: Exception) -> DeviceLostError:
        return DeviceLostError(
            f"the focus of {self._camera.name} failed ({error}); check the camera's cable and power"
        )
