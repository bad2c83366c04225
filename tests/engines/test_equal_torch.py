"""Every engine computes what torch computes, whatever slices come and whenever a sweep begins anew."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.base import NetworkMaps, Runner
from engines.graphs.folder import Graphs
from engines.graphs.state_layout import F32_TOLERANCES, MAPS
from engines.onnxruntime_runner import OnnxRunner
from engines.openvino.runner import OpenVinoRunner
from engines.processor import openvino_has_bf16
from engines.torch_runner import TorchRunner
from engines.weights_file import load_network
from tests.bf16 import REASON
from tests.engines.graphs.exported import SIZE_PX, random_slice

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SIZES = [SIZE_PX, (48, 32)]
NEEDS_BF16 = pytest.mark.skipif(not openvino_has_bf16(), reason=REASON)


@pytest.fixture(scope="module")
def torch_runner(tiny_weights: Path) -> TorchRunner:
    return TorchRunner(load_network(tiny_weights))


@pytest.fixture(scope="module", params=["onnxruntime f32", "openvino f32"])
def runner(
    request: pytest.FixtureRequest, tiny_graphs: Graphs, tmp_path_factory: pytest.TempPathFactory
) -> Runner[Any, Any]:
    if request.param == "onnxruntime f32":
        return OnnxRunner(tiny_graphs, threads=1)
    return OpenVinoRunner(tiny_graphs, threads=1, cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def lower(tiny_graphs: Graphs, tmp_path_factory: pytest.TempPathFactory) -> OpenVinoRunner:
    return OpenVinoRunner(tiny_graphs, precision="bf16", threads=1, cache=tmp_path_factory.mktemp("cache"))


def step(runner: Runner[Any, Any], state: Any, seed: int, size_px: tuple[int, int] = SIZE_PX) -> Any:
    return runner.update(runner.encode(*random_slice(seed, size_px)), state)


def assert_close(maps: NetworkMaps, expected: NetworkMaps) -> None:
    for name in MAPS:
        np.testing.assert_allclose(
            getattr(maps, name), getattr(expected, name), atol=F32_TOLERANCES[name], rtol=0, err_msg=name
        )


@settings(max_examples=8)
@given(
    st.sampled_from(SIZES),
    st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=8),
)
def test_streaming_with_resets(
    runner: Runner[Any, Any],
    torch_runner: TorchRunner,
    size_px: tuple[int, int],
    slices: list[tuple[int, bool]],
) -> None:
    shape = (1, *size_px)
    state, expected = runner.initial_state(shape), torch_runner.initial_state(shape)
    for seed, reset in slices:
        if reset:
            state, expected = runner.initial_state(shape), torch_runner.initial_state(shape)
        state = step(runner, state, seed, size_px)
        expected = step(torch_runner, expected, seed, size_px)
        assert_close(runner.decode(state), torch_runner.decode(expected))


def test_many_slices_do_not_drift_apart(runner: Runner[Any, Any], torch_runner: TorchRunner) -> None:
    state, expected = runner.initial_state((1, *SIZE_PX)), torch_runner.initial_state((1, *SIZE_PX))
    for seed in range(100):
        state, expected = step(runner, state, seed % 7), step(torch_runner, expected, seed % 7)
    assert_close(runner.decode(state), torch_runner.decode(expected))


def test_two_states_share_the_features_of_a_slice(runner: Runner[Any, Any]) -> None:
    one, other = (runner.initial_state((1, *SIZE_PX)) for _ in range(2))
    one = step(runner, one, 1)
    features, later = (runner.encode(*random_slice(seed)) for seed in (2, 3))
    one = runner.update(features, one)
    other = runner.update(features, other)  # after the same features served one, and others were made
    other = runner.update(later, other)
    alone = step(runner, step(runner, runner.initial_state((1, *SIZE_PX)), 2), 3)
    assert_close(runner.decode(other), runner.decode(alone))
    both = step(runner, step(runner, runner.initial_state((1, *SIZE_PX)), 1), 2)
    assert_close(runner.decode(one), runner.decode(both))


def test_maps_share_no_memory_with_the_state(runner: Runner[Any, Any]) -> None:
    state = step(runner, runner.initial_state((1, *SIZE_PX)), 1)
    maps = runner.decode(state)
    kept = [getattr(maps, name).copy() for name in MAPS]
    runner.decode(step(runner, state, 2))
    assert all(np.array_equal(getattr(maps, name), k) for name, k in zip(MAPS, kept, strict=True))


def test_a_batch_is_its_images_one_by_one(runner: Runner[Any, Any]) -> None:
    slices = [random_slice(seed) for seed in range(3)]
    images, coordinates = (np.concatenate(parts) for parts in zip(*slices, strict=True))
    together = runner.update(runner.encode(images, coordinates), runner.initial_state((3, *SIZE_PX)))
    maps = runner.decode(together)
    for index in range(3):
        alone = runner.decode(step(runner, runner.initial_state((1, *SIZE_PX)), index))
        np.testing.assert_allclose(maps.coordinate[index], alone.coordinate[0], atol=1e-5)
        np.testing.assert_allclose(maps.all_in_focus[index], alone.all_in_focus[0], atol=1e-5)


@pytest.mark.parametrize("reference", [False, True])
def test_slices_encoded_together_add_up_to_the_same(
    runner: Runner[Any, Any], torch_runner: TorchRunner, reference: bool
) -> None:
    """Features are parts of those of a batch, in any order, and as often as wanted."""
    encoder: Any = torch_runner if reference else runner
    slices = [random_slice(seed) for seed in range(3)]
    images, coordinates = (np.concatenate(parts) for parts in zip(*slices, strict=True))
    each = encoder.each(encoder.encode(images, coordinates))
    for order in ((0, 1, 2), (2, 0, 2)):
        state = encoder.initial_state((1, *SIZE_PX))
        expected = encoder.initial_state((1, *SIZE_PX))
        for index in order:
            state = encoder.update(each[index], state)
            expected = step(encoder, expected, index)
        assert_close(encoder.decode(state), encoder.decode(expected))


@NEEDS_BF16
def test_bf16_keeps_faint_contrast(lower: OpenVinoRunner, torch_runner: TorchRunner) -> None:
    """Its local variance is the difference of two large numbers: nothing is left of it in bfloat16."""
    random = np.random.default_rng(0)
    image = (0.5 + 0.01 * random.standard_normal((1, *SIZE_PX, 3))).astype(np.float32)
    at = np.array([0.7], np.float32)
    expected = torch_runner.encode(image, at).fine.numpy()
    found = lower.encode(image, at)["features_fine"].data.transpose(0, 3, 1, 2)
    assert np.abs(found - expected).max() < 0.02 * np.abs(expected).max()


@NEEDS_BF16
def test_bf16_counts_beyond_what_bfloat16_holds(lower: OpenVinoRunner) -> None:
    features = lower.encode(*random_slice(0))
    state = lower.initial_state((1, *SIZE_PX))
    for _ in range(300):  # bfloat16 goes no further than 256 in steps of one
        state = lower.update(features, state)
    assert state.now["seen"].data[0] == 300.0
    assert state.now["span"].data[0].tolist() == [features["coordinates"].data[0]] * 3


@NEEDS_BF16
def test_bf16_stays_near_torch(lower: OpenVinoRunner, torch_runner: TorchRunner) -> None:
    state, expected = lower.initial_state((1, *SIZE_PX)), torch_runner.initial_state((1, *SIZE_PX))
    for seed in range(10):
        state, expected = step(lower, state, seed), step(torch_runner, expected, seed)
    maps, true_maps = lower.decode(state), torch_runner.decode(expected)
    assert np.abs(maps.coordinate - true_maps.coordinate).mean() < 5e-3
    np.testing.assert_allclose(maps.all_in_focus, true_maps.all_in_focus, atol=2e-2)


def test_an_engine_leaves_the_arithmetic_of_its_caller_alone(runner: Runner[Any, Any]) -> None:
    """Numbers below the normal range must not become zero in the calling thread, whatever the engine does."""
    runner.decode(step(runner, runner.initial_state((1, *SIZE_PX)), seed=0))
    tiny = np.full(8, np.finfo(np.float32).smallest_normal, np.float32)
    assert (tiny * np.float32(0.5) > 0.0).all()


@pytest.mark.parametrize("engine", ["onnxruntime f32", "openvino f32"])
def test_neither_does_the_first_session_of_a_process(engine: str) -> None:
    """ONNX Runtime's option for denormals changes the thread that makes the first session, for good."""
    code = f"""
import numpy as np
from engines.runners import matching, open_runner
runner = open_runner({engine!r}, matching(None, None))
runner.step(np.zeros((1, 32, 32, 3), np.float32), np.zeros(1, np.float32), runner.initial_state((1, 32, 32)))
tiny = np.full(8, np.finfo(np.float32).smallest_normal, np.float32)
assert (tiny * np.float32(0.5) > 0.0).all()
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_step_is_its_three_parts(runner: Runner[Any, Any]) -> None:
    one, other = (runner.initial_state((1, *SIZE_PX)) for _ in range(2))
    for seed in range(4):
        one, maps = runner.step(*random_slice(seed), one)
        other = step(runner, other, seed)
        assert_close(maps, runner.decode(other))
        assert_close(maps, runner.decode(one))  # the state goes on in either way
        one, other = other, one


def assert_advances(runner: Runner[Any, Any], shown: list[bool]) -> None:
    one, other = (runner.initial_state((1, *SIZE_PX)) for _ in range(2))
    for seed, show in enumerate([*shown, True]):
        one, maps = runner.step(*random_slice(seed), one)
        if show:
            other, same = runner.step(*random_slice(seed), other)
            assert all(np.array_equal(getattr(maps, name), getattr(same, name)) for name in MAPS)
        else:
            other = runner.advance(*random_slice(seed), other)
        told, also = runner.decode(one), runner.decode(other)
        assert all(np.array_equal(getattr(told, name), getattr(also, name)) for name in MAPS)


SHOWN = [False, False, True, False, True, True, False]


def test_a_slice_without_maps_leaves_the_bits_of_one_with_maps(runner: Runner[Any, Any]) -> None:
    """Else depth would depend on how busy a computer was."""
    assert_advances(runner, SHOWN)


@NEEDS_BF16
def test_bf16_without_maps_leaves_the_bits_of_one_with_maps(lower: OpenVinoRunner) -> None:
    assert_advances(lower, SHOWN)


@NEEDS_BF16
def test_bf16_steps_do_not_drift_from_torch(lower: OpenVinoRunner, torch_runner: TorchRunner) -> None:
    state, expected = lower.initial_state((1, *SIZE_PX)), torch_runner.initial_state((1, *SIZE_PX))
    apart = []
    for seed in range(100):
        state, maps = lower.step(*random_slice(seed % 7), state)
        expected, true_maps = torch_runner.step(*random_slice(seed % 7), expected)
        apart.append(np.abs(maps.coordinate - true_maps.coordinate).mean())
    assert max(apart) < 5e-3
    assert np.mean(apart[-10:]) <= 2.0 * max(apart[:10])
