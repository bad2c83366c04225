"""The TensorRT runner on images as cameras give them, on the doubles: what a live run calls of it."""

from collections import Counter
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from engines.gpu.cuda_double import CudaDouble, cudaMemcpyKind
from engines.graphs.folder import Graphs, read_graphs, shipped_graphs
from engines.network_model import NetworkModel
from engines.onnxruntime_runner import OnnxRunner
from engines.pictures import HostPictures, PictureFormat, PictureRunner, Pictures, on_pictures
from engines.tensorrt.borders import PARTS, Border, all_wanted, ports
from engines.tensorrt.runner import TensorRtRunner
from focstream.types import InputError
from inference.config import InferenceConfig
from inference.depth_model import DepthMaps
from inference.policies import make_estimator
from tests.engines.tensorrt.made import make_runner
from tests.slices import make_slice

FORMATS = [((21, 35), np.uint8), ((32, 48, 3), np.uint8), ((21, 48, 3), np.uint16)]
SLICES = 5


@pytest.fixture(scope="module")
def graphs() -> Graphs:
    return read_graphs(shipped_graphs("small"))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def queued(graphs: Graphs, cache: Path) -> TensorRtRunner:
    return make_runner(graphs, cache, CudaDouble())


@pytest.fixture(scope="module")
def host(graphs: Graphs) -> HostPictures[Any, Any]:
    return HostPictures(OnnxRunner(graphs, threads=1), sigma_per_scale=graphs.info.sigma_per_scale)


def picture(seed: int, shape: tuple[int, ...], kind: type) -> Pictures:
    """Read-only, as slices are, and turned around, as a camera may hang."""
    random = np.random.default_rng(seed)
    some: Pictures = random.integers(0, np.iinfo(kind).max, (1, *shape), kind, endpoint=True)[:, ::-1]
    some.flags.writeable = False
    return some


def at(coordinate: float) -> np.ndarray:
    return np.array([coordinate], np.float32)


def assert_close(maps: DepthMaps, expected: DepthMaps) -> None:
    assert_allclose(maps.coordinate, expected.coordinate, atol=1e-4)
    assert_allclose(maps.coordinate_sigma, expected.coordinate_sigma, rtol=1e-3)
    assert maps.all_in_focus.dtype == expected.all_in_focus.dtype
    apart = maps.all_in_focus.astype(int) - expected.all_in_focus
    assert np.abs(apart).max() <= 1
    for name in ("coordinate", "coordinate_sigma", "all_in_focus"):
        found = getattr(maps, name)
        assert found.shape == getattr(expected, name).shape
        assert found.flags.c_contiguous


@pytest.mark.parametrize(("shape", "kind"), FORMATS)
def test_a_stream_in_every_way_is_what_the_host_makes_of_it(
    queued: TensorRtRunner, host: HostPictures[Any, Any], shape: tuple[int, ...], kind: type
) -> None:
    padded = PictureFormat(shape=(1, *shape)).padded_shape
    state, expected = queued.initial_state(padded), host._runner.initial_state(padded)
    for index in range(6):
        image, coordinate = picture(index, shape, kind), at(index / 5)
        if index % 3 == 0:
            state, maps = queued.step_pictures(image, coordinate, state)
            expected, wanted = host.step_pictures(image, coordinate, expected)
        elif index % 3 == 1:
            state = queued.advance_pictures(image, coordinate, state)
            expected = host.advance_pictures(image, coordinate, expected)
            continue
        else:
            state = queued.update(queued.encode_pictures(image, coordinate), state)
            expected = host._runner.update(host.encode_pictures(image, coordinate), expected)
            maps, wanted = queued.decode_pictures(state, shape), host.decode_pictures(expected, shape)
        assert_close(maps, wanted)


def test_who_does_it(queued: TensorRtRunner) -> None:
    assert isinstance(queued, PictureRunner)
    assert on_pictures(queued, sigma_per_scale=1.0) is queued


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("recorded", [False, True])
def test_depth_is_the_same_to_the_bit_whichever_maps_are_read(
    queued: TensorRtRunner, graphs: Graphs, cache: Path, recorded: bool, kind: type
) -> None:
    """Also when the work of a slice is recorded, and of a batch of sweeps: streaming must be repeatable."""
    runner = make_runner(graphs, cache, CudaDouble(), recorded=True) if recorded else queued
    shape = (21, 35)
    found = []
    for unseen in ((), (0, 1, 3), (0, 1, 2, 3)):
        state = runner.initial_state((1, 32, 48))
        for index in range(SLICES):
            image, coordinate = picture(index, shape, kind), at(index / 4)
            if index in unseen:
                state = runner.advance_pictures(image, coordinate, state)
            else:
                state, maps = runner.step_pictures(image, coordinate, state)
        found += [maps, runner.decode_pictures(state, shape)]
    for other in found[1:]:
        assert_array_equal(other.coordinate, found[0].coordinate)
        assert_array_equal(other.coordinate_sigma, found[0].coordinate_sigma)
        assert_array_equal(other.all_in_focus, found[0].all_in_focus)


@pytest.mark.parametrize("update", ["refine", "rolling"])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_once_the_first_state_is_there_nothing_is_built_recorded_or_taken(
    graphs: Graphs, cache: Path, update: Literal["refine", "rolling"], kind: type
) -> None:
    """A camera runs by then, whatever the bits of its images."""
    cuda = CudaDouble()
    model = NetworkModel(make_runner(graphs, cache, cuda, recorded=True), graphs.info)
    shape = (21, 35)
    model.initial_state(shape)
    before = cuda.recorded, len(cuda.device), len(cuda.host), sorted(cache.rglob("*.plan"))
    launched = cuda.launched
    estimator = make_estimator(model, InferenceConfig(update=update))
    for sweep in range(3):
        for slot in range(SLICES):
            image = picture(slot, shape, kind)[0]
            item = make_slice(slot, sweep_id=sweep, slots=SLICES, image=image)
            estimator.push(item, show=sweep != 1 or slot % 2 == 0)
    assert (cuda.recorded, len(cuda.device), len(cuda.host), sorted(cache.rglob("*.plan"))) == before
    assert cuda.launched > launched


def ran(cuda: CudaDouble, graphs: Graphs, like: PictureFormat) -> Counter[str]:
    """Return what ran, and how often."""
    found = {one: ports(one, graphs) for one in all_wanted(like)}
    names = {frozenset({**each.inputs, **each.outputs}.items()): str(one.part) for one, each in found.items()}
    return Counter(names[tensors] for tensors in cuda.ran)


def test_what_runs_for_a_slice(graphs: Graphs, cache: Path) -> None:
    cuda = CudaDouble()
    model = NetworkModel(make_runner(graphs, cache, cuda), graphs.info)
    shape = (32, 48)
    image, like = picture(0, shape, np.uint8)[0], PictureFormat(shape=(1, *shape))
    states = [model.initial_state(shape) for _ in range(2)]
    model.decode(states[0])
    cuda.ran.clear()
    state, _ = model.step(image, 0.0, states[0])
    assert ran(cuda, graphs, like) == {"take8": 1, "advance": 1, "decode": 1, "give": 1}
    cuda.ran.clear()
    model.decode(model.advance(image, 0.5, state))  # a copy down waits for all that was queued
    assert ran(cuda, graphs, like) == {"take8": 1, "advance": 1, "decode": 1, "give": 1}
    cuda.ran.clear()
    features = model.encode(image, 1.0)  # as with two states, of which one is read
    states = [model.update(features, each) for each in states]
    model.decode(states[1])
    assert ran(cuda, graphs, like) == {"take8": 1, "encode": 1, "update": 2, "decode": 1, "give": 1}


def test_rolling_decodes_what_is_published_and_nothing_else(graphs: Graphs, cache: Path) -> None:
    cuda = CudaDouble()
    model = NetworkModel(make_runner(graphs, cache, cuda), graphs.info)
    shape = (32, 48)
    state = model.initial_state(shape)
    estimator = make_estimator(model, InferenceConfig(update="rolling"))
    model.decode(state)
    cuda.ran.clear()
    published = 0
    for sweep in range(2):
        for slot in range(SLICES):
            image = picture(slot, shape, np.uint8)[0]
            item = make_slice(slot, sweep_id=sweep, slots=SLICES, image=image)
            published += estimator.push(item) is not None
    found = ran(cuda, graphs, PictureFormat(shape=(1, *shape)))
    assert published == SLICES + 1
    assert found == {
        "take8": 2 * SLICES,
        "encode": 2 * SLICES,
        "update": 3 * SLICES,
        "decode": published,
        "give": published,
    }


@pytest.mark.parametrize(
    ("shape", "kind", "up_bytes", "down_bytes"),
    [((32, 48), np.uint8, 1536, 13824), ((32, 48, 3), np.uint16, 9216, 16896)],
)
def test_what_crosses_the_bus_is_as_small_as_images_and_maps_are(
    graphs: Graphs, cache: Path, shape: tuple[int, ...], kind: type, up_bytes: int, down_bytes: int
) -> None:
    cuda = CudaDouble()
    runner = make_runner(graphs, cache, cuda)
    image = picture(0, shape, kind)
    state, _ = runner.step_pictures(image, at(0.0), runner.initial_state((1, 32, 48)))
    before = dict(cuda.copied_bytes)
    runner.step_pictures(image, at(0.5), state)
    found = {way: cuda.copied_bytes[way] - before[way] for way in cudaMemcpyKind}
    coordinates = 256  # one number, in as much memory as begins where GPUs like it
    assert found[cudaMemcpyKind.cudaMemcpyHostToDevice] == up_bytes + coordinates
    assert found[cudaMemcpyKind.cudaMemcpyDeviceToHost] == down_bytes


def test_plans_of_the_network_serve_every_format_of_a_padded_size(graphs: Graphs, tmp_path: Path) -> None:
    """They take minutes to build; those at the borders do not."""
    runner = make_runner(graphs, tmp_path, CudaDouble())
    for shape, kind in FORMATS:
        runner.step_pictures(picture(0, shape, kind), at(0.0), runner.initial_state((1, 32, 48)))
    found = Counter(path.name for path in tmp_path.rglob("*.plan"))
    each = len(FORMATS)
    borders = {f"{border}.plan": each for border in Border}
    assert found == {f"{part}.plan": 1 for part in PARTS} | borders


def test_a_batch_of_pictures_is_its_pictures_one_by_one(queued: TensorRtRunner) -> None:
    some = [picture(seed, (21, 35), np.uint8) for seed in range(2)]
    together = queued.encode_pictures(np.concatenate(some), np.array([0.0, 1.0], np.float32))
    state = queued.update(together, queued.initial_state((2, 32, 48)))
    maps = queued.decode_pictures(state, (21, 35))
    alone = queued.update(queued.encode_pictures(some[0], at(0.0)), queued.initial_state((1, 32, 48)))
    assert_close(maps, queued.decode_pictures(alone, (21, 35)))


def test_a_batch_builds_only_what_it_runs(graphs: Graphs, tmp_path: Path) -> None:
    runner = make_runner(graphs, tmp_path, CudaDouble())
    batch = np.concatenate([picture(seed, (21, 35), np.uint8) for seed in range(2)])
    runner.encode_pictures(batch, np.array([0.0, 1.0], np.float32))
    assert sorted(path.stem for path in tmp_path.rglob("*.plan")) == ["encode", "take8"]


def test_images_of_other_floats_are_computed_as_float32(queued: TensorRtRunner) -> None:
    images = np.random.default_rng(0).random((1, 32, 48, 3), np.float32)
    found = []
    for kind in (np.float32, np.float64, np.dtype(">f4")):
        state = queued.initial_state((1, 32, 48))
        found.append(queued.step(images.astype(kind), at(0.5), state)[1])
    for other in found[1:]:
        assert_array_equal(other.coordinate, found[0].coordinate)


@pytest.mark.parametrize("kind", [np.float32, np.int32, bool])
def test_pictures_of_another_type_are_refused(queued: TensorRtRunner, kind: type) -> None:
    image = np.zeros((1, 21, 35), kind)
    with pytest.raises(InputError, match=r"^images of (float32|int32|bool): .* uint8 or uint16"):
        queued.step_pictures(image, at(0.0), queued.initial_state((1, 32, 48)))


def test_maps_share_no_memory_with_what_comes_later(queued: TensorRtRunner) -> None:
    state, maps = queued.step_pictures(
        picture(0, (21, 35), np.uint8), at(0.3), queued.initial_state((1, 32, 48))
    )
    kept = maps.coordinate.copy(), maps.coordinate_sigma.copy(), maps.all_in_focus.copy()
    queued.step_pictures(picture(1, (21, 35), np.uint8), at(0.6), state)
    for found, before in zip((maps.coordinate, maps.coordinate_sigma, maps.all_in_focus), kept, strict=True):
        assert_array_equal(found, before)
