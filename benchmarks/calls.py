"""How many calls of our own functions a published map costs, by thread: the simulated camera and its replay.

    python -m benchmarks.calls

The simulated camera is recorded while its maps are published; then every slice of the recording is replayed
at rate 0, by what `run_pipeline.py` runs, with a reader at each stream. The images are small, so that few
machines drop slices. Counted are the calls of Python functions, and the turns of generators, whose code lies
in this checkout; not those of libraries.
"""

import sys
import threading
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import CodeType, FrameType

import tyro

from benchmarks.shared.piped import piped
from capture.recording.config import RecordConfig
from capture.simulator.config import SimulatorConfig
from focstream.program.interrupt import Interrupt
from focstream.types import DepthUpdate
from inference.config import InferenceConfig
from publish.wire.config import PublishConfig
from publish.wire.depth_stream import DepthStream
from run_pipeline import Options, run

_ROOT = Path(__file__).parents[1]
_ROOMS = ("calibration", "capture", "engines", "focstream", "inference", "publish", "run_pipeline.py")
_OURS = tuple(str(_ROOT / room) for room in _ROOMS)
_ENDPOINTS = {
    "depth": "ipc:///{folder}/depth.sock",
    "sigma": "ipc:///{folder}/sigma.sock",
    "aif": "ipc:///{folder}/aif.sock",
}


class Settings(InferenceConfig):
    """What to count; the options of the model are those of run_pipeline.py."""

    maps: int = 20
    """Maps over which the calls are counted."""
    warm_up: int = 10
    """Maps before those that are counted."""
    sweeps: int = 12
    """Sweeps that are recorded and replayed; they must give the maps asked for."""
    frame_rate_hz: float = 60.0
    """Frame rate of the simulated camera; a slow machine makes fewer maps than slices at a high one."""
    width_px: int = 160
    """Width of the images."""
    height_px: int = 120
    """Height of the images."""
    top: int = 0
    """So many functions called most often are printed, for each thread."""


@dataclass(slots=True)
class CallCount:
    """A sink that counts the calls between two maps, in all threads.

    Attributes
    ----------
    first, last
        Numbers of the maps between which calls are counted.
    calls
        Calls by thread and function.
    frames
        What the camera took between them, settling slices too.
    """

    first: int
    last: int
    calls: Counter[tuple[str, CodeType]] = field(default_factory=Counter)
    frames: int = 0
    _maps: int = 0
    _counting: bool = False

    def write(self, update: DepthUpdate) -> None:
        """Begin after the first of the maps, end after the last."""
        self._maps += 1
        self._counting = self.first <= self._maps < self.last
        if self._maps in (self.first, self.last):
            self.frames = update.tag.frame_id - self.frames

    def close(self) -> None:
        """Nothing to free."""

    def hook(self, frame: FrameType, event: str, _: object) -> None:
        """Count a call; for `sys.setprofile`."""
        if self._counting and event == "call" and frame.f_code.co_filename.startswith(_OURS):
            self.calls[threading.current_thread().name, frame.f_code] += 1

    @property
    def complete(self) -> bool:
        """Whether all the maps came."""
        return self._maps >= self.last


def count_calls(options: Options, settings: Settings) -> CallCount:
    """Run with a reader at each stream, and count."""
    count = CallCount(first=settings.warm_up, last=settings.warm_up + settings.maps)
    with ExitStack() as stack:
        interrupt = stack.enter_context(Interrupt())
        for topic, endpoint in options.publish.endpoints.items():
            stack.enter_context(DepthStream(endpoint, topic=topic))
        threading.setprofile(count.hook)
        sys.setprofile(count.hook)
        try:
            run(options, interrupt, also=[count])
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
    return count


def show(source: str, count: CallCount, settings: Settings) -> None:
    """Print a line for each thread, and the functions called most often."""
    if not count.complete:
        print(f"{source}: fewer than {count.last} maps; ask for more --sweeps or a lower --frame-rate-hz")
        return
    print(f"{source}: {count.frames / settings.maps:.1f} slices a map, settling ones included")
    for thread in sorted({thread for thread, _ in count.calls}):
        calls = Counter({code: times for (name, code), times in count.calls.items() if name == thread})
        files = {code.co_filename for code in calls}
        print(
            f"    {thread:16}{calls.total() / settings.maps:8.1f} calls a map, "
            f"{len(calls)} functions in {len(files)} files"
        )
        for code, times in calls.most_common(settings.top):
            place = Path(code.co_filename).relative_to(_ROOT)
            print(f"{'':20}{times / settings.maps:8.1f} {place}:{code.co_qualname}")


def main(settings: Settings) -> None:
    """Count and print."""
    chosen = {name: getattr(settings, name) for name in InferenceConfig.model_fields}
    print(f"model {settings.model}, {settings.maps} maps after {settings.warm_up}")
    with TemporaryDirectory() as folder:
        endpoints = {topic: endpoint.format(folder=folder) for topic, endpoint in _ENDPOINTS.items()}
        publish = PublishConfig(**endpoints)
        file = Path(folder) / "simulated.mcap"
        live = Options(
            camera="sim",
            sim=SimulatorConfig(
                width_px=settings.width_px,
                height_px=settings.height_px,
                frame_rate_hz=settings.frame_rate_hz,
            ),
            sweeps=settings.sweeps,
            record=RecordConfig(file=file),
            publish=publish,
            **chosen,
        )
        show("sim", count_calls(live, settings), settings)
        replayed = Options(replay=file, every_slice=True, publish=publish, **chosen)
        show("replay", count_calls(replayed, settings), settings)


if __name__ == "__main__":
    with piped():
        main(tyro.cli(Settings))
