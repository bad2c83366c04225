import numpy as np
import pytest

from capture.simulator.camera.sensor import Sensor, SensorModel

SHAPE = (120, 160)


def flat(level: float, shape: tuple[int, ...] = SHAPE) -> np.ndarray:
    return np.full(shape, level, np.float32)


@pytest.mark.parametrize("level", [0.05, 0.3, 0.7])
def test_noise_is_that_of_photons_and_reading(level: float) -> None:
    model = SensorModel(full_well_e=2_000.0, read_noise_e=10.0, bit_depth=12)
    sensor = Sensor(model, shape=SHAPE, seed=0)
    frames = np.stack([sensor.expose(flat(level), frame_id=k) for k in range(8)]) / (4095.0 * 16.0)
    assert frames.mean() == pytest.approx(level, rel=3e-3)
    assert frames.std() == pytest.approx(np.sqrt(level * 2_000.0 + 100.0) / 2_000.0, rel=0.03)
    assert model.deviation(level) == pytest.approx(frames.std(), rel=0.03)


def test_noise_repeats_by_seed_and_frame_only() -> None:
    frames = [
        Sensor(SensorModel(), shape=SHAPE, seed=seed).expose(flat(0.5), frame_id=frame_id)
        for seed, frame_id in [(0, 7), (0, 7), (0, 8), (1, 7)]
    ]
    np.testing.assert_array_equal(frames[0], frames[1])
    assert not np.array_equal(frames[0], frames[2])
    assert not np.array_equal(frames[0], frames[3])


@pytest.mark.parametrize(("bit_depth", "white"), [(8, 255), (12, 4095 * 16)])
def test_full_scale_and_saturation(bit_depth: int, white: int) -> None:
    model = SensorModel(bit_depth=bit_depth, gain=2.0)  # type: ignore[arg-type]
    sensor = Sensor(model, shape=SHAPE, seed=0, noise=False)
    assert sensor.expose(flat(0.9), frame_id=0).max() == white
    half = sensor.expose(flat(0.25), frame_id=0)
    assert half.dtype == (np.uint8 if bit_depth == 8 else np.uint16)
    assert half[0, 0] == pytest.approx(white / 2, abs=16)


def test_noise_in_the_dark_does_not_wrap_around() -> None:
    sensor = Sensor(SensorModel(read_noise_e=100.0), shape=SHAPE, seed=0)
    assert sensor.expose(flat(0.0), frame_id=0).max() < 40


def test_gain_and_noise_reach_every_colour() -> None:
    model = SensorModel(gain=1.5)
    frame = Sensor(model, shape=(*SHAPE, 3), seed=0).expose(flat(0.4, (*SHAPE, 3)), frame_id=0)
    np.testing.assert_allclose(frame.mean(axis=(0, 1)), 0.6 * 255.0, rtol=0.01)
    np.testing.assert_allclose(frame.std(axis=(0, 1)), model.deviation(0.6) * 255.0, rtol=0.05)
