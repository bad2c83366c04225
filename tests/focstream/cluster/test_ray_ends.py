"""However a program ends, nothing of a Ray of its own lives on."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="needs Ray: pip install -e '.[cluster]'")
psutil = pytest.importorskip("psutil")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_nothing_of_ray_lives_on_after_a_signal(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "tests.focstream.cluster.playing", str(tmp_path)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "played\n"
        others = psutil.Process(program.pid).children(recursive=True)
        folders = {path for path in Path("/tmp").glob("focstream-*") if holds(path, others)}
        program.send_signal(number)
        _, said = program.communicate(timeout=200)
    assert folders
    assert len(others) > 4  # Ray's daemons and two workers
    _gone, alive = psutil.wait_procs(others, timeout=120)
    assert not alive, [process.cmdline() for process in alive]
    assert not any(folder.exists() for folder in folders)
    if number == signal.SIGKILL:
        return
    assert program.returncode == 130
    assert len(said.splitlines()) == 1, said
    assert said.endswith("playing: interrupted\n")


def holds(folder: Path, processes: list) -> bool:
    return any(str(folder) in argument for process in processes for argument in process.cmdline())
