"""Strangers that connect to every port, and stay, cost neither a slice nor a saved sweep."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

pytest.importorskip("resource", reason="needs a system with limits for processes, such as Linux")
pytest.importorskip("aiohttp", reason='needs aiohttp: pip install "focstream[web]"')
pytest.importorskip("prometheus_client", reason='needs prometheus-client: pip install "focstream[metrics]"')

from capture.recording.reader import RecordingReader

ROOT = Path(__file__).parents[1]
FILES, PEERS, SWEEPS = 256, 300, 4
PORTS = {"depth", "sigma", "aif", "page", "metrics"}

_RUN = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, ({FILES}, {FILES}))
from run_pipeline import main
sys.exit(main(sys.argv[1:]))
"""
_CONNECT = f"""
import socket, sys
peers = []
try:
    for _ in range({PEERS}):
        peers.append(socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=60.0))
except ConnectionRefusedError:  # the measurement has ended
    pass
sys.stdin.read()
"""
_ANY = "tcp://127.0.0.1:*"
_SMALL = ("--camera", "sim", "--model", "sharpness", "--sim.width-px", "96", "--sim.height-px", "64")
_OPEN = (
    "--web",
    "0",
    "--metrics",
    "0",
    *(part for at in ("depth", "sigma", "aif") for part in (f"--publish.{at}", _ANY)),
)


_ADDRESS = re.compile(r"(?:publishing|page|metrics).* at \S+:(\d+)")
_CROWDED = re.compile(r"the port for (\w+) has \d+ connections")


def until(word: str, lines: Iterable[str], log: list[str]) -> Iterator[str]:
    """Yield lines up to the first with `word`."""
    for line in lines:
        log.append(line)
        yield line
        if word in line:
            return


@contextmanager
def strangers(number: str) -> Iterator[None]:
    with subprocess.Popen([sys.executable, "-c", _CONNECT, number], stdin=subprocess.PIPE) as process:
        yield
        process.communicate()


def test_idle_peers_on_every_port(tmp_path: Path) -> None:
    out, recording = tmp_path / "out", tmp_path / "a.mcap"
    command = [sys.executable, "-c", _RUN, *_SMALL, *_OPEN, "--save", str(out), "--record", str(recording)]
    with ExitStack() as stack:
        measuring = stack.enter_context(
            subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT)
        )
        assert measuring.stderr is not None
        log: list[str] = []
        numbers = {
            number for line in until("saved", measuring.stderr, log) for number in _ADDRESS.findall(line)
        }
        for number in numbers:
            stack.enter_context(strangers(number))
        crowded: set[str] = set()
        while crowded != PORTS:
            lines = list(until("the port for", measuring.stderr, log))
            assert lines, "".join(log)  # it has ended
            crowded.update(*map(_CROWDED.findall, lines))
        for _ in range(SWEEPS):
            list(until("saved", measuring.stderr, log))
        measuring.send_signal(signal.SIGINT)
        log += measuring.stderr
        assert measuring.wait() == 130, "".join(log)
    assert len(numbers) == len(PORTS)
    assert f"may have only {FILES} files open" in log[0]
    _assert_whole(recording, out)
    # Page and metrics wait while there is no descriptor for a moment; nothing else may go without one.
    assert all("accept()" in line for line in log if "Too many open files" in line)
    assert "Traceback" not in "".join(log)


def _assert_whole(recording: Path, out: Path) -> None:
    reader = RecordingReader(recording)
    assert len(list(reader.slices())) > 0
    assert reader.fault is None
    assert reader.slices_not_recorded == 0
    final = list(reader.final_maps())
    folders = sorted(out.iterdir())
    assert [folder.name for folder in folders] == [f"sweep_{number:03d}" for number in range(len(folders))]
    records = [json.loads((folder / "sweep.json").read_text()) for folder in folders]
    assert {record["sweeps_not_saved_since_start"] for record in records} == {0}
    assert len(final) >= len(folders) >= SWEEPS
    assert len({len(list(folder.iterdir())) for folder in folders}) == 1
