"""What was changed of a camera while it is open, which holds when it was lost and is opened again."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from capture.camera import AdjustableCamera, Adjustment, Camera, CameraSetting
from focstream.types import InputError

_log = logging.getLogger(__name__)


class Adjusted:
    """Knows what was asked of a camera since the start."""

    def __init__(self) -> None:
        self._asked: dict[Adjustment, float] = {}

    @contextmanager
    def trial(self, camera: Camera, name: Adjustment, value: float) -> Iterator[None]:
        """Set something; an InputError within the block sets it back.

        Raises
        ------
        InputError
            When the camera refuses.
        """
        before = self.value(camera, name)
        if not isinstance(camera, AdjustableCamera) or before is None:
            raise InputError(f"{name}: {camera.info.name} has none that can be changed")
        camera.adjust(name, value)
        try:
            yield
        except InputError:
            camera.adjust(name, before)
            raise
        self._asked[name] = value

    def put_back(self, camera: Camera) -> None:
        """Set what was asked before, because the camera is opened again."""
        for name, value in self._asked.items():
            if not isinstance(camera, AdjustableCamera) or self.value(camera, name) == value:
                continue
            try:
                camera.adjust(name, value)
            except InputError as error:
                _log.warning("%s, as before it was lost; it stays as the camera has it", error)

    @staticmethod
    def value(camera: Camera, name: Adjustment) -> float | None:
        """Return what is set; None where that cannot be changed."""
        return next((one.value for one in settings_of(camera) if one.name == name), None)


def settings_of(camera: Camera) -> tuple[CameraSetting, ...]:
    """Return what can be changed of an open camera."""
    return camera.settings if isinstance(camera, AdjustableCamera) else ()
