"""Which frame id the first exposure after the next start will have."""

from capture.genicam.buffers import GenicamBuffers
from capture.genicam.frame_ids import followers
from capture.genicam.nodes import Nodes

_STARTS = 6  # two of them must agree; a single image may be lost
_WAIT_S = 0.5  # for one image, beyond the time of three frames


def first_frame_id(camera: Nodes, buffers: GenicamBuffers, *, period_s: float) -> int | None:
    """Start the stopped camera for single exposures: an image of one is surely that exposure's.

    Some cameras count from the start on, others from where they were: two starts show which.

    Returns
    -------
    int | None
        None where the camera takes no single exposures, or its ids follow no rule.
    """
    if not camera.set("AcquisitionMode", "SingleFrame"):
        return None
    try:
        seen: list[int] = []
        for _ in range(_STARTS):
            seen += _ids_of_one(buffers, wait_s=_WAIT_S + 3 * period_s)
            expected = _next(*seen[-2:]) if len(seen) > 1 else None
            if expected is not None:
                return expected
        return None
    finally:
        camera.set("AcquisitionMode", "Continuous")


def _ids_of_one(buffers: GenicamBuffers, *, wait_s: float) -> list[int]:
    buffers.start()
    with buffers.borrow(wait_s) as buffer:
        found = [] if buffer is None else [int(buffer.module.frame_id)]
    buffers.stop()
    return found


def _next(before: int, frame_id: int) -> int | None:
    """Return the id after those of two starts; None where they follow no rule, or leave open which it is."""
    if frame_id == before:
        return before
    after = followers(frame_id)
    return after[0] if frame_id in followers(before) and len(after) == 1 else None
