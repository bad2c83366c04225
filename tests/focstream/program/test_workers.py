"""Processes that work for a program end with it, without a word of their own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from focstream.program.signals import INTERRUPTED
from tests.children import ROOT, heed_ctrl_c, wait_for

WORKS = """
import sys, time
from pathlib import Path
from focstream.files.part_files import whole_file
from focstream.program.commands import Command, NoSettings, run_command
from focstream.program.signals import begin
from focstream.program.workers import worker_pool

def works(number):
    with whole_file(Path({place!r}) / f"{{number}}.bin") as part:
        part.write_bytes(b"half")
        Path({place!r}, f"at_work_{{number}}").touch()
        time.sleep(60)

def run(_):
    print("starts", flush=True)
    with worker_pool(2) as pool:
        list(pool.map(works, range(4)))

if __name__ == "__main__":
    begin("x")
    sys.exit(run_command(lambda: Command(NoSettings, run), [], prog="x"))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", ["start", "work"])
def test_a_signal_ends_all_of_them(tmp_path: Path, number: signal.Signals, moment: str) -> None:
    """Ctrl-C goes to all processes of a terminal, SIGTERM to the program alone."""
    (tmp_path / "works.py").write_text(WORKS.format(place=str(tmp_path)))
    process = subprocess.Popen(
        [sys.executable, str(tmp_path / "works.py")],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=heed_ctrl_c,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "starts\n"
        if moment == "work":
            wait_for(lambda: len(list(tmp_path.glob("at_work_*"))) == 2)
        else:
            time.sleep(0.1)  # the workers are being started
        workers = psutil.Process(process.pid).children(recursive=True)
        if number == signal.SIGINT:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, len(said.splitlines())) == (INTERRUPTED, 1), said
    assert said.endswith(" x: interrupted\n")
    wait_for(lambda: not any(worker.is_running() for worker in workers))
    assert list(tmp_path.glob(".*.part")) == []


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: processes that outlive their parent")
def test_a_program_that_is_killed_leaves_none_behind(tmp_path: Path) -> None:
    (tmp_path / "works.py").write_text(WORKS.format(place=str(tmp_path)))
    process = subprocess.Popen(
        [sys.executable, str(tmp_path / "works.py")],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        wait_for(lambda: len(list(tmp_path.glob("at_work_*"))) == 2)
        workers = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        wait_for(lambda: not any(worker.is_running() for worker in workers))
        _, said = process.communicate(timeout=60)
    assert "Traceback" not in said  # Python cleans up its semaphores, and says so
    assert list(tmp_path.glob(".*.part")) == []
