"""The TensorRT runner on doubles of TensorRT and CUDA that compute: its buffers, order and cache are real."""

import dataclasses
import gc
import logging
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.base import NetworkMaps
from engines.compiled.cache import list_compiled
from engines.compiled.kept_bytes import KeptBytes
from engines.compiled.plan_file import write_plan
from engines.errors import EngineError
from engines.gpu.cuda_double import CudaDouble
from engines.graphs.folder import GraphPart, Graphs
from engines.graphs.state_layout import F32_TOLERANCES, MAPS
from engines.network_model import NetworkModel
from engines.onnxruntime_runner import OnnxRunner
from engines.tensorrt.borders import Wanted, ports
from engines.tensorrt.cuda_memory import CudaPython
from engines.tensorrt.package import TensorRt
from engines.tensorrt.part import TensorRtPart, TensorRtRuntime
from engines.tensorrt.plans import TensorRtPlans
from engines.tensorrt.runner import TensorRtRunner
from focstream.types import InputError
from inference.config import InferenceConfig
from inference.policies import make_estimator
from tests.engines.graphs.exported import SIZE_PX, random_slice
from tests.engines.tensorrt.made import make_runner
from tests.engines.tensorrt.tensorrt_double import bindings
from tests.slices import make_slice

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SHAPE = (1, *SIZE_PX)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def reference(tiny_graphs: Graphs) -> OnnxRunner:
    return OnnxRunner(tiny_graphs, threads=1)


@pytest.fixture
def cuda() -> CudaDouble:
    return CudaDouble()


@pytest.fixture(scope="module", params=["queued", "recorded"])
def runner(request: pytest.FixtureRequest, tiny_graphs: Graphs, cache: Path) -> TensorRtRunner:
    return make_runner(tiny_graphs, cache, CudaDouble(), recorded=request.param == "recorded")


def step(runner: Any, state: Any, seed: int) -> Any:
    return runner.update(runner.encode(*random_slice(seed)), state)


def take_a_slice(runner: TensorRtRunner) -> None:
    runner.step(*random_slice(0), runner.initial_state(SHAPE))


def after_steps(runner: TensorRtRunner) -> Any:
    """Return the state after as many slices as it takes to record some."""
    state = runner.initial_state(SHAPE)
    for seed in range(5):
        state, _ = runner.step(*random_slice(seed), state)
    return state


def assert_close(maps: NetworkMaps, expected: NetworkMaps, share: float = 1.0) -> None:
    for name in MAPS:
        np.testing.assert_allclose(
            getattr(maps, name),
            getattr(expected, name),
            atol=share * F32_TOLERANCES[name],
            rtol=0,
            err_msg=name,
        )


@settings(max_examples=15)
@given(
    st.lists(st.tuples(st.integers(0, 20), st.sampled_from(["", "reset", "unseen"])), min_size=1, max_size=9)
)
def test_streaming_with_resets(
    runner: TensorRtRunner, reference: OnnxRunner, slices: list[tuple[int, str]]
) -> None:
    state, expected = runner.initial_state(SHAPE), reference.initial_state(SHAPE)
    for seed, what in slices:
        if what == "reset":
            state, expected = runner.initial_state(SHAPE), reference.initial_state(SHAPE)
        state, expected = step(runner, state, seed), step(reference, expected, seed)
        if what != "unseen":
            assert_close(runner.decode(state), reference.decode(expected))
    assert_close(runner.decode(state), reference.decode(expected))


def test_many_slices_before_anybody_looks(runner: TensorRtRunner, reference: OnnxRunner) -> None:
    state, expected = runner.initial_state(SHAPE), reference.initial_state(SHAPE)
    for seed in range(30):
        state, expected = step(runner, state, seed), step(reference, expected, seed)
    assert_close(runner.decode(state), reference.decode(expected))


def test_two_states_share_the_features_of_a_slice(runner: TensorRtRunner, reference: OnnxRunner) -> None:
    one, other = runner.initial_state(SHAPE), runner.initial_state(SHAPE)
    one = step(runner, one, 1)
    features, later = (runner.encode(*random_slice(seed)) for seed in (2, 3))
    one = runner.update(features, one)
    other = runner.update(later, runner.update(features, other))
    for found, seeds in ((one, (1, 2)), (other, (2, 3))):
        expected = reference.initial_state(SHAPE)
        for seed in seeds:
            expected = step(reference, expected, seed)
        assert_close(runner.decode(found), reference.decode(expected))


def test_states_that_came_before_are_whole_after_a_reset(
    runner: TensorRtRunner, reference: OnnxRunner
) -> None:
    """All states begin in the same memory, which no step may write."""
    states = [runner.initial_state(SHAPE) for _ in range(3)]
    states = [step(runner, state, seed) for seed, state in enumerate(states)]
    for seed, state in enumerate(states):
        expected = step(reference, reference.initial_state(SHAPE), seed)
        assert_close(runner.decode(state), reference.decode(expected))


def test_maps_before_the_first_slice(runner: TensorRtRunner, reference: OnnxRunner) -> None:
    state = runner.initial_state(SHAPE)
    assert_close(runner.decode(state), reference.decode(reference.initial_state(SHAPE)))
    assert_close(
        runner.decode(step(runner, state, 4)),
        reference.decode(step(reference, reference.initial_state(SHAPE), 4)),
    )


def test_maps_share_no_memory_with_the_state(runner: TensorRtRunner) -> None:
    state = step(runner, runner.initial_state(SHAPE), 1)
    maps = runner.decode(state)
    kept = [getattr(maps, name).copy() for name in MAPS]
    runner.decode(step(runner, state, 2))
    assert all(np.array_equal(getattr(maps, name), k) for name, k in zip(MAPS, kept, strict=True))


def test_a_batch_is_its_images_one_by_one(runner: TensorRtRunner) -> None:
    slices = [random_slice(seed) for seed in range(3)]
    images, coordinates = (np.concatenate(parts) for parts in zip(*slices, strict=True))
    state = runner.initial_state((3, *SIZE_PX))
    for _ in range(2):
        state = runner.update(runner.encode(images, coordinates), state)
    maps = runner.decode(state)
    for index in range(3):
        alone = step(runner, step(runner, runner.initial_state(SHAPE), index), index)
        one = NetworkMaps(**{name: getattr(maps, name)[index : index + 1] for name in MAPS})
        assert_close(one, runner.decode(alone))


@pytest.mark.parametrize("recorded", [False, True])
def test_a_slice_without_its_map_leaves_the_same_state_to_the_bit(
    tiny_graphs: Graphs, cache: Path, cuda: CudaDouble, reference: OnnxRunner, recorded: bool
) -> None:
    """Depth must not depend on how busy a computer was."""
    runner = make_runner(tiny_graphs, cache, cuda, recorded=recorded)
    states = [runner.initial_state(SHAPE) for _ in range(2)]
    expected = reference.initial_state(SHAPE)
    for seed in range(7):
        slice_ = random_slice(seed)
        states[0] = runner.advance(*slice_, states[0])
        states[1], maps = runner.step(*slice_, states[1])
        expected, wanted = reference.step(*slice_, expected)
        assert_close(maps, wanted)
    for name in MAPS:
        np.testing.assert_array_equal(getattr(runner.decode(states[0]), name), getattr(maps, name))


def test_f16_stays_near_f32(
    tiny_graphs: Graphs, cache: Path, cuda: CudaDouble, reference: OnnxRunner
) -> None:
    runner = make_runner(tiny_graphs, cache, cuda, precision="f16")
    assert runner.engine == "tensorrt queued f16"
    state, expected = runner.initial_state(SHAPE), reference.initial_state(SHAPE)
    errors = []
    for seed in range(8):
        state, expected = step(runner, state, seed), step(reference, expected, seed)
        maps, others = runner.decode(state), reference.decode(expected)
        errors.append(float(np.abs(maps.coordinate - others.coordinate).mean()))
    assert 1e-5 < max(errors) < 5e-3  # it is another precision, and a good one


@pytest.mark.parametrize("update", ["refine", "rolling"])
def test_steady_streaming_takes_no_more_memory_and_records_nothing(
    tiny_graphs: Graphs, cache: Path, cuda: CudaDouble, update: Literal["refine", "rolling"]
) -> None:
    runner = make_runner(tiny_graphs, cache, cuda, recorded=True)
    assert runner.engine == "tensorrt f32"
    model = NetworkModel(runner, tiny_graphs.info)
    model.initial_state(SIZE_PX)
    recorded, counts = cuda.recorded, []
    assert recorded >= 2  # from one buffer to the other, and back
    compiled = sorted(cache.rglob("*.plan"))
    estimator = make_estimator(model, InferenceConfig(update=update))
    for sweep in range(4):
        for slot in range(5):
            item = make_slice(slot, sweep_id=sweep, slots=5, image=np.full(SIZE_PX, 10 * slot, np.uint8))
            estimator.push(item, show=sweep % 2 == 0 or slot % 2 == 0)
            counts.append((len(cuda.device), len(cuda.host)))
    assert cuda.recorded == recorded  # all was recorded before the first slice
    assert sorted(cache.rglob("*.plan")) == compiled
    assert len(set(counts[10:])) == 1
    assert cuda.launched > 20


def test_all_memory_is_given_back(tiny_graphs: Graphs, cache: Path, cuda: CudaDouble) -> None:
    runner = make_runner(tiny_graphs, cache, cuda, recorded=True)
    state = after_steps(runner)
    assert cuda.device
    assert cuda.host
    assert cuda.streams
    assert cuda.graphs
    del runner, state
    gc.collect()
    assert not cuda.device
    assert not cuda.host
    assert not cuda.streams
    assert not cuda.graphs


def test_a_closed_runner_has_no_graphs_and_no_contexts(
    tiny_graphs: Graphs, cache: Path, cuda: CudaDouble
) -> None:
    runner = make_runner(tiny_graphs, cache, cuda, recorded=True)
    after_steps(runner)
    assert cuda.graphs
    assert runner._launcher._parts
    runner.close()
    runner.close()
    assert not cuda.graphs
    assert not runner._launcher._parts


def test_what_cannot_be_recorded_is_queued_and_said_once(
    tiny_graphs: Graphs, cache: Path, reference: OnnxRunner, caplog: pytest.LogCaptureFixture
) -> None:
    runner = make_runner(tiny_graphs, cache, CudaDouble(records=False), recorded=True)
    state, expected = runner.initial_state(SHAPE), reference.initial_state(SHAPE)
    for seed in range(4):
        state, expected = step(runner, state, seed), step(reference, expected, seed)
        assert_close(runner.decode(state), reference.decode(expected))
    assert runner.engine == "tensorrt queued f32"
    (line,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert line.startswith("CUDA graphs are not used, which costs time in every slice: cuda-bindings")
    assert "cudaErrorStreamCaptureInvalidated" in line


@pytest.mark.parametrize("capturable", [True, False])
def test_tensorrt_for_rtx_is_asked_whether_a_plan_can_be_recorded(
    tiny_graphs: Graphs, tmp_path: Path, cuda: CudaDouble, capturable: bool
) -> None:
    cuda.capturable = capturable
    runner = make_runner(tiny_graphs, tmp_path, cuda, recorded=True, name="tensorrt_rtx")
    after_steps(runner)
    assert (cuda.recorded > 0) == capturable
    (plan,) = tmp_path.rglob("advance.plan")
    assert b"REQUIRE_USER_ALLOCATION" in plan.read_bytes()


def test_all_goes_to_the_gpu_that_was_asked_for(tiny_graphs: Graphs, cache: Path) -> None:
    cuda = CudaDouble(devices=3)
    runner = make_runner(tiny_graphs, cache, cuda, recorded=True, device=2)
    after_steps(runner)
    assert cuda.graphs
    assert cuda.used_on == {2}
    assert cuda.current == 0  # another library's choice in this thread is as it was


def test_one_logger_for_all_that_is_made(tiny_graphs: Graphs, tmp_path: Path, cuda: CudaDouble) -> None:
    for name in ("one", "other"):
        runner = make_runner(tiny_graphs, tmp_path / name, cuda)
        take_a_slice(runner)
    assert len(cuda.loggers) == 6  # a runtime and two builders each
    assert len({id(logger) for logger in cuda.loggers}) == 1


def test_times_of_one_build_are_used_by_the_next(
    tiny_graphs: Graphs, tmp_path: Path, cuda: CudaDouble, caplog: pytest.LogCaptureFixture
) -> None:
    runner = make_runner(tiny_graphs, tmp_path, cuda)
    for count, seeds in ((2, (1,)), (4, (1, 2))):  # two parts; then two more for a batch
        images, coordinates = (np.concatenate(each) for each in zip(*map(random_slice, seeds), strict=True))
        runner.update(runner.encode(images, coordinates), runner.initial_state((len(seeds), *SIZE_PX)))
        (path,) = (tmp_path / "timings").iterdir()
        kept = KeptBytes(path, without="")
        assert kept.read() == b"TIMES\n" + count * b"measured\n"
    kept.write(b"of something else")
    runner = make_runner(tiny_graphs, tmp_path, cuda, precision="f16")
    with caplog.at_level(logging.INFO):
        runner.update(runner.encode(*random_slice(0)), runner.initial_state(SHAPE))
    assert f"{path}: TensorRT refuses these times; it measures anew" in caplog.text
    assert kept.read() == b"TIMES\n" + 2 * b"measured\n"


def test_a_driver_that_is_too_old_for_tensorrt_is_one_line(
    tiny_graphs: Graphs, cache: Path, cuda: CudaDouble
) -> None:
    old = TensorRt(name="tensorrt", module=bindings(cuda, usable=False))
    with pytest.raises(EngineError) as error:
        TensorRtRunner(tiny_graphs, cuda=CudaPython(cuda), tensorrt=old, cache=cache)
    text = str(error.value)
    assert text.startswith(
        "tensorrt 11.4.0 cannot use the GPU (CUDA initialization failure with error: 35); "
    )
    assert "driver" in text
    assert "\n" not in text


@pytest.mark.parametrize(("size_px", "words"), [((40, 32), "multiples of 16"), ((0, 32), "multiples of 16")])
def test_a_size_that_is_not_whole_patches(runner: TensorRtRunner, size_px: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        runner.encode(np.zeros((1, *size_px, 3), np.float32), np.zeros(1, np.float32))


def load_advance(
    graphs: Graphs, cache: Path, cuda: CudaDouble, given: bytes = b"", **other: Any
) -> TensorRtPart:
    tensorrt = TensorRt(name="tensorrt", module=bindings(cuda))
    gpu = CudaPython(cuda).gpu
    plans = TensorRtPlans(graphs=graphs, tensorrt=tensorrt, precision="f32", gpu=gpu, cache=cache)
    wanted = Wanted(part=GraphPart.ADVANCE, shape=SHAPE)
    plan, _ = plans.get(wanted, lambda plan, *_: plan)
    found = dataclasses.replace(ports(wanted, graphs), **other)
    kernels = cache / "some.kernels"
    return TensorRtRuntime(tensorrt).load(given or plan, name="some.plan", ports=found, kernels=kernels)


def test_memory_that_is_input_and_output_is_refused(
    tiny_graphs: Graphs, cache: Path, cuda: CudaDouble
) -> None:
    part = load_advance(tiny_graphs, cache, cuda)
    found = ports(Wanted(part=GraphPart.ADVANCE, shape=SHAPE), tiny_graphs)
    inputs = {name: 256 * n for n, name in enumerate(found.inputs, 1)}
    outputs = {name: 256 * n for n, name in enumerate(found.outputs, 9)}
    with pytest.raises(EngineError, match=r"some\.plan: was given the same memory as input and output"):
        part.enqueue(inputs, outputs, 1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"given": b"junk"}, "TensorRT cannot load its plan (magic tag does not match no plan)"),
        ({"outputs": {"coordinate": (1, 2, 3)}}, "is a plan of another network"),
        ({"inputs": {"images": (1, 2, 3)}}, "is a plan of another network"),
        ({"uint8": frozenset({"images"})}, "has images of another type than UINT8"),
    ],
)
def test_a_plan_of_something_else(
    tiny_graphs: Graphs, cache: Path, cuda: CudaDouble, change: dict[str, Any], said: str
) -> None:
    with pytest.raises(EngineError) as error:
        load_advance(tiny_graphs, cache, cuda, **change)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_plan_of_another_size(tiny_graphs: Graphs, cache: Path, cuda: CudaDouble) -> None:
    shapes = tiny_graphs.input_shapes(GraphPart.ADVANCE, (1, 48, 32))
    with pytest.raises(EngineError, match=r"some\.plan: has images of shape .*, not \(1, 48, 32, 3\)"):
        load_advance(tiny_graphs, cache, cuda, inputs=shapes)


def test_plans_are_kept(tiny_graphs: Graphs, tmp_path: Path, cuda: CudaDouble) -> None:
    take_a_slice(make_runner(tiny_graphs, tmp_path, cuda))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.plan")}
    take_a_slice(make_runner(tiny_graphs, tmp_path, cuda))
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.plan")} == before
    assert sorted(path.name for path in before) == ["advance.plan", "decode.plan"]


def test_a_plan_that_tensorrt_refuses_is_built_again(
    tiny_graphs: Graphs, tmp_path: Path, cuda: CudaDouble, caplog: pytest.LogCaptureFixture
) -> None:
    take_a_slice(make_runner(tiny_graphs, tmp_path, cuda))
    (path,) = tmp_path.rglob("advance.plan")
    expected = path.read_bytes()
    (compiled,) = list_compiled(tmp_path)
    write_plan(path, b"junk", compiled.key, GraphPart.ADVANCE)
    take_a_slice(make_runner(tiny_graphs, tmp_path, cuda))
    assert f"{path}: TensorRT cannot load its plan (" in caplog.text
    assert "; it is built again" in caplog.text
    assert path.read_bytes() == expected
