import numpy as np
import pytest

from capture.camera import Camera
from capture.simulator.camera.camera import SimulatedCamera
from capture.simulator.camera.settings import CameraSettings
from capture.simulator.lens.lens import SimulatedLens
from capture.simulator.optics.focus_volume import FocusVolume
from focstream.types import InputError
from tests.capture.simulator.fake_time import FakeTime
from tests.capture.simulator.scenes.planes import SIZE_PX, plane, scene_of

PERIOD_NS = 10_000_000


def ramp_volume() -> FocusVolume:
    """Pictures whose brightness is the focus: 0 at 0 dpt, 1 at 5 dpt."""
    grid = np.linspace(0.0, 1.0, 11, dtype=np.float32)
    images = np.ascontiguousarray(np.broadcast_to(grid[:, None, None], (11, SIZE_PX, SIZE_PX)))
    return FocusVolume(images=images, far_dpt=0.0, near_dpt=5.0)


def make_camera(time: FakeTime, **settings: object) -> tuple[SimulatedCamera, SimulatedLens]:
    lens = SimulatedLens(clock=time.clock)
    chosen = {"frame_rate_hz": 100.0, "noise": False} | settings
    camera = SimulatedCamera(
        lens,
        scene=scene_of(plane(0.5, dpt=1.0)),
        settings=CameraSettings(**chosen),  # type: ignore[arg-type]
        volume=ramp_volume(),
        clock=time.clock,
        sleep=time.sleep,
    )
    return camera, lens


def test_frames_come_at_the_true_rate() -> None:
    time = FakeTime()
    camera, _ = make_camera(time)
    with camera:
        frames = [camera.read(1.0) for _ in range(50)]
    ids = [frame.frame_id for frame in frames if frame is not None]
    mids = [frame.exposure_mid_ns for frame in frames if frame is not None]
    assert ids == list(range(50))
    assert set(np.diff(mids)) == {PERIOD_NS}
    assert time.now - 1_000_000_000 == pytest.approx(49 * PERIOD_NS + 6_000_000, abs=2)


def test_a_slow_reader_finds_gaps() -> None:
    time = FakeTime()
    camera, _ = make_camera(time, buffers=3)
    ids = []
    with camera:
        for _ in range(8):
            frame = camera.read(1.0)
            assert frame is not None
            ids.append(frame.frame_id)
            time.sleep(0.1)  # ten frames pass, of which three wait
    steps = np.diff(ids)
    assert ids[1] == 8
    assert np.all(steps[1:] == 10)


def test_a_short_pause_loses_nothing() -> None:
    time = FakeTime()
    camera, _ = make_camera(time)
    with camera:
        first = camera.read(1.0)
        time.sleep(0.035)
        ids = [frame.frame_id for frame in (camera.read(1.0) for _ in range(6)) if frame is not None]
    assert first is not None
    assert ids == [1, 2, 3, 4, 5, 6]


def test_read_gives_up_at_the_time_out() -> None:
    time = FakeTime()
    camera, _ = make_camera(time, frame_rate_hz=1.0)
    with camera:
        assert camera.read(0.5) is not None
        before = time.now
        assert camera.read(0.5) is None
        assert time.now - before == 500_000_000
        assert camera.read(1.0) is not None


def test_a_frame_shows_the_focus_in_the_middle_of_its_exposure() -> None:
    time = FakeTime()
    camera, lens = make_camera(time)
    with camera, lens:
        for k in range(20):
            frame = camera.read(1.0)
            assert frame is not None
            expected = lens.position_dpt(frame.exposure_mid_ns) / 5.0 * 255.0
            assert frame.image.mean() == pytest.approx(min(max(expected, 0.0), 255.0), abs=0.51)
            lens.move(5.0 * ((k // 3) % 2))


def test_lost_frames_leave_gaps() -> None:
    time = FakeTime()
    camera, _ = make_camera(time, drop_every_n=3)
    with camera:
        ids = [frame.frame_id for frame in (camera.read(1.0) for _ in range(5)) if frame is not None]
    assert ids == [0, 1, 3, 4, 6]


def test_frames_repeat_by_seed() -> None:
    def frames(seed: int) -> list[np.ndarray]:
        time = FakeTime()
        camera, lens = make_camera(time, noise=True, seed=seed)
        lens.move(2.5)
        time.sleep(1.0)
        with camera:
            return [frame.image for frame in (camera.read(1.0) for _ in range(3)) if frame is not None]

    for one, two in zip(frames(5), frames(5), strict=True):
        np.testing.assert_array_equal(one, two)
    assert not np.array_equal(frames(5)[0], frames(6)[0])


def test_what_it_tells_about_itself() -> None:
    camera, _ = make_camera(FakeTime())
    protocol: Camera = camera
    info = protocol.info
    assert (info.name, info.width_px, info.height_px, info.colour) == ("sim", SIZE_PX, SIZE_PX, False)
    assert info.intrinsics == camera.intrinsics
    assert camera.truth_vergence_dpt.shape == (SIZE_PX, SIZE_PX)


def test_each_frame_is_the_readers_own() -> None:
    camera, _ = make_camera(FakeTime())
    with camera:
        first, second = camera.read(1.0), camera.read(1.0)
    assert first is not None
    assert second is not None
    assert first.image.flags.writeable
    assert not np.shares_memory(first.image, second.image)


def test_reading_before_entering_is_a_mistake() -> None:
    camera, _ = make_camera(FakeTime())
    with pytest.raises(RuntimeError, match="before entering"):
        camera.read(0.0)


@pytest.mark.parametrize("wrong", [{"frame_rate_hz": 121.0}, {"exposure_s": 0.02}, {"buffers": 0}])
def test_what_no_camera_can_do_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError):
        make_camera(FakeTime(), **wrong)


def test_a_frame_that_is_waited_for_is_made_before_it_is_due() -> None:
    """What the simulation costs is no delay of the camera; but the lens moves until the exposure's middle."""
    time = FakeTime()
    camera, lens = make_camera(time)
    asked_at_ns: list[int] = []
    position_dpt = lens.position_dpt

    def noted(time_ns: int) -> float:
        asked_at_ns.append(time.now)
        return position_dpt(time_ns)

    lens.position_dpt = noted  # type: ignore[method-assign]
    with camera:
        for _ in range(3):
            frame = camera.read(1.0)
            assert frame is not None
            due_ns = frame.exposure_mid_ns + 4_000_000  # half of the exposure, and the readout
            assert time.now == pytest.approx(due_ns, abs=2)
            assert asked_at_ns.pop() == pytest.approx(frame.exposure_mid_ns, abs=2)
    assert not asked_at_ns


def test_a_frame_made_ahead_waits_for_the_next_reader() -> None:
    time = FakeTime()
    camera, _ = make_camera(time)
    with camera:
        assert camera.read(0.003) is None  # seen, but not read out yet
        frame = camera.read(1.0)
    assert frame is not None
    assert frame.frame_id == 0
