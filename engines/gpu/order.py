"""Whether the TensorRT runner does its work in order: the whole runner, over a double of TensorRT."""

import importlib.util
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from engines.base import NetworkMaps
from engines.errors import EngineError
from engines.gpu.cuda_double import CudaDouble
from engines.gpu.findings import Findings, StageWork, Table
from engines.gpu.gpu_or_double import double_of, open_gpu
from engines.graphs.state_layout import F32_TOLERANCES
from engines.pictures import HostPictures, PictureRunner
from engines.runners import RunnerInputs, matching
from engines.tensorrt.cuda_memory import Cuda, Stream
from engines.tensorrt.package import FULL, TensorRt
from engines.tensorrt.recorded_steps import RecordedSteps
from engines.tensorrt.runner import TensorRtRunner
from engines.tensorrt.states import TensorRtState
from engines.trials.stacks import TrialStack, grey_images, simulated_stack
from inference.depth_model import DepthMaps

_HEIGHT_PX, _WIDTH_PX = 64, 96
_SLICES = 12
_ROLLING_SLICES = 4
"""Slices of a sweep that two states share."""
_CUT_PX = 7
"""What pictures lack to whole patches."""
_PUBLISHED_TOLERANCES = {"coordinate": 1e-4, "coordinate_sigma": 1e-3, "all_in_focus": 1.0}
"""As `F32_TOLERANCES`; of 255 for all-in-focus pictures."""

_NOT_RECORDED = "steps could not be recorded; the log says why"

Digest = tuple[bytes, ...]


def order(work: StageWork) -> Findings:
    """Stream sweeps in every order that estimators do, and compare to the last bit."""
    double = double_of(rehearse=work.rehearse)
    cuda = open_gpu(double)
    missing = [name for name in ("torch", "onnx") if importlib.util.find_spec(name) is None]
    if missing:
        return Findings(not_run=f"the double of TensorRT needs {' and '.join(missing)}")
    import torch

    if not work.rehearse and not torch.cuda.is_available():
        return Findings(not_run=f"torch {torch.__version__} sees no GPU")
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = False
    with tempfile.TemporaryDirectory() as cache:
        trial = _Trial(cuda, Path(cache), double)
        wrong = {about: check(trial) for about, check in _CHECKS.items()}
    rows = tuple((about, said or "right") for about, said in wrong.items())
    table = Table(title="The TensorRT runner over torch", head=("what", "result"), rows=rows)
    failures = tuple(f"{about}: {said}" for about, said in wrong.items() if said)
    return Findings(tables=(table,), failures=failures)


class _Trial:
    """Makes runners over the double, and streams slices through them."""

    def __init__(self, cuda: Cuda, cache: Path, double: CudaDouble | None) -> None:
        from engines.gpu.torch_bindings import torch_bindings
        from engines.weights_file import load_network

        self.cuda = cuda
        self.inputs: RunnerInputs = matching(None, None)
        self.stack: TrialStack = simulated_stack(0, height_px=_HEIGHT_PX, width_px=_WIDTH_PX)
        self._double = double
        self.network = load_network(self.inputs.weights)
        self.sigma_per_scale = self.inputs.graphs.info.sigma_per_scale
        module = torch_bindings(
            load_network(self.inputs.weights), sigma_per_scale=self.sigma_per_scale, double=double
        )
        self._tensorrt = TensorRt(name=FULL, module=module)
        self._cache = cache

    def runner(self, *, recorded: bool = False) -> TensorRtRunner:
        """Make a runner."""
        return TensorRtRunner(
            self.inputs.graphs,
            cuda=self.cuda,
            tensorrt=self._tensorrt,
            precision="f32",
            cache=self._cache,
            recorder=self._recorder if recorded else None,
        )

    def _recorder(self, stream: Stream) -> RecordedSteps:
        return RecordedSteps(stream, self._double)

    def slice(self, index: int) -> tuple[Any, Any]:
        """Return an image and its coordinate."""
        here = slice(index % len(self.stack.images), index % len(self.stack.images) + 1)
        return self.stack.images[here], self.stack.coordinates[here]

    def picture_sweep(self, runner: PictureRunner[Any, Any], state: Any) -> DepthMaps:  # noqa: ANN401
        """Stream one sweep of grey pictures, of which every third map is read, and return the last maps."""
        pictures = [image[:-_CUT_PX, :-_CUT_PX] for image in grey_images(self.stack)]
        for index in range(_SLICES):
            slice_ = pictures[index % len(pictures)][None], self.slice(index)[1]
            if index % 3 == 2:
                state, maps = runner.step_pictures(*slice_, state)
            else:
                state = runner.advance_pictures(*slice_, state)
        return maps

    def rolling(self, runner: TensorRtRunner, *, only: int | None = None) -> dict[tuple[int, int], Digest]:
        """Stream sweeps of which each begins a state that lives for two; every slice is encoded once.

        One state is decoded: the older one, and after a whole sweep the younger. Returns the maps by the
        sweep that began their state, and by slice; of one state alone where `only` names its sweep.
        """
        pictures = [image[:-_CUT_PX, :-_CUT_PX] for image in grey_images(self.stack)]
        states: dict[int, TensorRtState] = {}
        found: dict[tuple[int, int], Digest] = {}
        for index in range(_SLICES):
            sweep, slot = divmod(index, _ROLLING_SLICES)
            if slot == 0:
                states.pop(sweep - 2, None)
                if only in (None, sweep):
                    states[sweep] = runner.initial_state((1, _HEIGHT_PX, _WIDTH_PX))
            picture = pictures[index % len(pictures)]
            features = runner.encode_pictures(picture[None], self.slice(index)[1])
            for state in states.values():
                runner.update(features, state)
            shown = sweep if slot == _ROLLING_SLICES - 1 else max(0, sweep - 1)
            if shown in states:
                found[shown, index] = _published_digest(runner.decode_pictures(states[shown], picture.shape))
        return found

    def sweep(self, runner: TensorRtRunner) -> NetworkMaps:
        """Stream one sweep from a fresh state, and return its last maps."""
        state = runner.initial_state((1, _HEIGHT_PX, _WIDTH_PX))
        for index in range(_SLICES):
            state, maps = runner.step(*self.slice(index), state)
        return maps


def _torch(trial: _Trial) -> str:
    """Compare with the same network in torch, without any of the runner."""
    from engines.torch_runner import TorchRunner

    reference = TorchRunner(trial.network)
    state = reference.initial_state((1, _HEIGHT_PX, _WIDTH_PX))
    for index in range(_SLICES):
        state, expected = reference.step(*trial.slice(index), state)
    maps = trial.sweep(trial.runner())
    for name, tolerance in F32_TOLERANCES.items():
        apart = float(np.abs(getattr(maps, name) - getattr(expected, name)).max())
        if not apart <= tolerance:
            return f"{name} differs by {apart:.1e}, more than {tolerance:g}"
    return ""


def _again(trial: _Trial) -> str:
    runner = trial.runner()
    first, others = _digest(trial.sweep(runner)), [_digest(trial.sweep(runner)) for _ in range(3)]
    return "" if set(others) == {first} else "a later sweep of the same slices gives another map"


def _two_states(trial: _Trial) -> str:
    """Stream two states as ``--update rolling`` does, and each of them alone."""
    alone: dict[tuple[int, int], Digest] = {}
    for sweep in range(_SLICES // _ROLLING_SLICES):
        alone |= trial.rolling(trial.runner(), only=sweep)
    for recorded in (False, True):
        runner = trial.runner(recorded=recorded)
        how = "recorded" if recorded else "queued"
        for _ in range(3):
            if trial.rolling(runner) != alone:
                return f"{how}, two states that share slices give other maps than each alone"
        if recorded and "queued" in runner.engine:
            return _NOT_RECORDED
    return ""


def _recorded(trial: _Trial) -> str:
    direct = _digest(trial.sweep(trial.runner()))
    runner = trial.runner(recorded=True)
    found = {_digest(trial.sweep(runner)) for _ in range(4)}
    if "queued" in runner.engine:
        return _NOT_RECORDED
    return "" if found == {direct} else "recorded steps give other maps than steps run directly"


def _pictures(trial: _Trial) -> str:
    """Compare with the host's work around the same network: grey pictures that are no whole patches."""
    from engines.torch_runner import TorchRunner

    reference = TorchRunner(trial.network)
    host = HostPictures(reference, sigma_per_scale=trial.sigma_per_scale)
    before = reference.initial_state((1, _HEIGHT_PX, _WIDTH_PX))
    expected = trial.picture_sweep(host, before)
    direct = trial.runner()
    maps = trial.picture_sweep(direct, direct.initial_state((1, _HEIGHT_PX, _WIDTH_PX)))
    for name, tolerance in _PUBLISHED_TOLERANCES.items():
        found, wanted = (getattr(each, name).astype(np.float64) for each in (maps, expected))
        apart = float(np.abs(found - wanted).max())
        if not apart <= tolerance:
            return f"{name} differs by {apart:.1e}, more than {tolerance:g}"
    recorded = trial.runner(recorded=True)
    again = [
        trial.picture_sweep(recorded, recorded.initial_state((1, _HEIGHT_PX, _WIDTH_PX))) for _ in range(2)
    ]
    same = {_published_digest(each) for each in (maps, *again)}
    return "" if len(same) == 1 else "recorded slices give other maps than slices run directly"


def _threads(trial: _Trial) -> str:
    """Load in another thread, as a live source does, and stream in this one."""
    runner, direct = trial.runner(), _digest(trial.sweep(trial.runner()))
    said: list[str] = []

    def load() -> None:
        try:
            trial.sweep(runner)
        except EngineError as error:
            said.append(str(error))

    thread = threading.Thread(target=load)
    thread.start()
    thread.join()
    if said:
        return said[0]
    return "" if _digest(trial.sweep(runner)) == direct else "another thread's runner gives other maps"


def _published_digest(maps: DepthMaps) -> Digest:
    return tuple(getattr(maps, name).tobytes() for name in _PUBLISHED_TOLERANCES)


def _digest(maps: NetworkMaps) -> Digest:
    return tuple(getattr(maps, name).tobytes() for name in F32_TOLERANCES)


_CHECKS: Mapping[str, Callable[[_Trial], str]] = {
    "as torch alone": _torch,
    "a sweep again": _again,
    "two states that share slices": _two_states,
    "recorded": _recorded,
    "pictures as cameras give them": _pictures,
    "loaded in another thread": _threads,
}
