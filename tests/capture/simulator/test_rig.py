import numpy as np
import pytest

from capture.simulator.config import SimulatorConfig
from capture.simulator.rig import open_simulator
from focstream.types import InputError

SMALL = SimulatorConfig(width_px=64, height_px=48, far_dpt=0.5, near_dpt=2.5, frame_rate_hz=120)


def test_the_whole_rig_delivers_pictures_that_change_with_focus() -> None:
    camera, lens, truth_vergence_dpt = open_simulator(SMALL)
    assert truth_vergence_dpt.shape == (48, 64)
    with camera, lens:
        far = camera.read(5.0)
        lens.move(lens.info.near_dpt)
        near = [camera.read(5.0) for _ in range(12)][-1]
    assert far is not None
    assert near is not None
    assert far.image.shape == (48, 64)
    assert np.abs(far.image.astype(int) - near.image.astype(int)).mean() > 2.0


def test_the_lens_reaches_beyond_the_scene_also_beyond_infinity() -> None:
    info = open_simulator(SMALL.model_copy(update={"overscan_dpt": 0.8}))[1].info
    assert (info.far_dpt, info.near_dpt) == (pytest.approx(-0.3), pytest.approx(3.3))


def test_far_and_near_out_of_order_are_refused() -> None:
    with pytest.raises(InputError, match="far_dpt"):
        open_simulator(SMALL.model_copy(update={"far_dpt": 3.0}))


def test_colour_at_twelve_bits() -> None:
    camera, lens, _ = open_simulator(SMALL.model_copy(update={"colour": True, "bit_depth": 12}))
    with camera, lens:
        frame = camera.read(5.0)
    assert frame is not None
    assert frame.image.shape == (48, 64, 3)
    assert frame.image.dtype == np.uint16
