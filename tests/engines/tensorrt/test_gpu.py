"""The TensorRT runner where there is a GPU: real numbers, real streams, real graphs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engines.choice.choose import candidates
from engines.choice.fastest import open_fastest
from engines.errors import EngineError
from engines.graphs.folder import GraphPart, Graphs
from engines.graphs.state_layout import MAPS
from engines.pictures import HostPictures
from engines.precisions import GraphPrecision
from engines.runners import RunnerInputs
from engines.tensorrt.borders import Wanted
from engines.tensorrt.cuda_memory import Cuda, CudaPython, open_cuda
from engines.tensorrt.device_arrays import DevicePool
from engines.tensorrt.package import find_tensorrt
from engines.tensorrt.pycuda_memory import PyCuda
from engines.tensorrt.recorded_steps import RecordedSteps
from engines.tensorrt.runner import TensorRtRunner
from engines.torch_runner import TorchRunner
from engines.weights_file import load_network
from tests.engines.graphs.exported import SIZE_PX, random_slice

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SHAPE = (1, *SIZE_PX)


@pytest.fixture(scope="module")
def cuda() -> Cuda:
    try:
        return open_cuda()
    except EngineError as error:
        pytest.skip(f"needs an NVIDIA GPU: {error}")


@pytest.fixture(scope="module")
def make(
    cuda: Cuda, tiny_graphs: Graphs, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., TensorRtRunner]:
    try:
        tensorrt = find_tensorrt()
    except EngineError as error:
        pytest.skip(str(error))
    cache = tmp_path_factory.mktemp("cache")

    def make_it(precision: GraphPrecision, *, recorded: bool = False, on: Cuda = cuda) -> TensorRtRunner:
        recorder = RecordedSteps if recorded else None
        return TensorRtRunner(
            tiny_graphs, cuda=on, tensorrt=tensorrt, precision=precision, cache=cache, recorder=recorder
        )

    return make_it


@pytest.fixture(scope="module")
def reference(tiny_weights: Path) -> TorchRunner:
    return TorchRunner(load_network(tiny_weights))


def step(runner: Any, state: Any, seed: int) -> Any:
    return runner.update(runner.encode(*random_slice(seed)), state)


def differences(runner: TensorRtRunner, reference: TorchRunner, *, slices: int) -> dict[str, np.ndarray]:
    state, expected = runner.initial_state(SHAPE), reference.initial_state(SHAPE)
    for seed in range(slices):
        state, expected = step(runner, state, seed % 7), step(reference, expected, seed % 7)
    maps, others = runner.decode(state), reference.decode(expected)
    return {name: np.abs(getattr(maps, name) - getattr(others, name)) for name in MAPS}


@pytest.mark.gpu
@pytest.mark.parametrize("recorded", [False, True])
@pytest.mark.parametrize("slices", [1, 10, 100])
def test_f32_is_torch(
    make: Callable[..., TensorRtRunner], reference: TorchRunner, slices: int, recorded: bool
) -> None:
    found = differences(make("f32", recorded=recorded), reference, slices=slices)
    assert all(difference.max() < 1e-4 for difference in found.values())


@pytest.mark.gpu
@pytest.mark.parametrize("recorded", [False, True])
@pytest.mark.parametrize("slices", [1, 10, 100])
def test_f16_is_near_torch(
    make: Callable[..., TensorRtRunner], reference: TorchRunner, slices: int, recorded: bool
) -> None:
    found = differences(make("f16", recorded=recorded), reference, slices=slices)
    assert found["coordinate"].mean() < 5e-3


@pytest.mark.gpu
def test_a_batch_is_its_images_one_by_one(make: Callable[..., TensorRtRunner]) -> None:
    runner = make("f32")
    slices = [random_slice(seed) for seed in range(3)]
    images, coordinates = (np.concatenate(parts) for parts in zip(*slices, strict=True))
    together = runner.update(runner.encode(images, coordinates), runner.initial_state((3, *SIZE_PX)))
    maps = runner.decode(together)
    for index in range(3):
        alone = runner.decode(step(runner, runner.initial_state(SHAPE), index))
        np.testing.assert_allclose(maps.coordinate[index], alone.coordinate[0], atol=1e-4)


@pytest.mark.gpu
@pytest.mark.parametrize("recorded", [False, True])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_pictures_are_what_the_host_makes_of_them(
    make: Callable[..., TensorRtRunner], reference: TorchRunner, recorded: bool, kind: type
) -> None:
    runner = make("f32", recorded=recorded)
    host = HostPictures(reference, sigma_per_scale=runner._plans.graphs.info.sigma_per_scale)
    state: Any = runner.initial_state(SHAPE)
    unseen: Any = runner.initial_state(SHAPE)
    expected: Any = reference.initial_state(SHAPE)
    random = np.random.default_rng(0)
    shape = (1, SIZE_PX[0] - 11, SIZE_PX[1] - 13)
    for slot in range(6):
        picture = random.integers(0, np.iinfo(kind).max, shape, kind, endpoint=True)
        at = np.array([slot / 5], np.float32)
        state, maps = runner.step_pictures(picture, at, state)
        unseen = runner.advance_pictures(picture, at, unseen)
        expected, wanted = host.step_pictures(picture, at, expected)
        np.testing.assert_allclose(maps.coordinate, wanted.coordinate, atol=1e-4)
        np.testing.assert_allclose(maps.coordinate_sigma, wanted.coordinate_sigma, rtol=1e-3)
        assert np.abs(maps.all_in_focus.astype(int) - wanted.all_in_focus).max() <= 1
    np.testing.assert_array_equal(runner.decode_pictures(unseen, shape[1:]).coordinate, maps.coordinate)


@pytest.mark.gpu
@pytest.mark.parametrize("backend", [PyCuda, CudaPython])
def test_both_ways_to_memory(
    backend: Callable[[], Cuda], make: Callable[..., TensorRtRunner], reference: TorchRunner
) -> None:
    try:
        memory = backend()
    except ImportError as error:
        pytest.skip(f'needs pycuda: pip install "focstream[pycuda]" ({error})')
    pool = DevicePool(memory)
    values = {"a": np.arange(10, dtype=np.float32), "b": np.ones((3, 4), np.float32)}
    found = pool.download(pool.upload(values))
    assert all(np.array_equal(found[name], value) for name, value in values.items())
    worst = differences(make("f32", on=memory), reference, slices=3)
    assert all(difference.max() < 1e-4 for difference in worst.values())


@pytest.mark.gpu
def test_a_damaged_plan_is_built_again(
    make: Callable[..., TensorRtRunner], caplog: pytest.LogCaptureFixture
) -> None:
    runner = make("f32")
    runner.decode(step(runner, runner.initial_state(SHAPE), 0))
    _, path = runner._plans.get(Wanted(part=GraphPart.DECODE, shape=SHAPE), lambda plan, *_: plan)
    assert path is not None
    path.write_bytes(path.read_bytes()[:-100] + bytes(100))
    again = make("f32")
    again.decode(step(again, again.initial_state(SHAPE), 0))
    assert "is damaged; it is built again" in caplog.text


def test_without_a_gpu_one_line_says_what_is_missing(tiny_graphs: Graphs, tiny_weights: Path) -> None:
    try:
        open_cuda()
    except EngineError:
        pass
    else:
        pytest.skip("there is a GPU")
    inputs = RunnerInputs(graphs=tiny_graphs, weights=tiny_weights)
    with pytest.raises(EngineError) as error:
        open_fastest(candidates("tensorrt", "auto"), inputs)
    text = str(error.value)
    assert text.startswith("tensorrt f16 and tensorrt f32: no NVIDIA GPU can be used (")
    assert "\n" not in text
