"""A signal at any moment ends a program with one line or none, and with code 130."""

import signal
import subprocess
import sys
import time

import pytest

from focstream.program.signals import INTERRUPTED
from tests.children import caught, has_taken_charge, signal_until_over, started, wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux, whose /proc shows handlers")

RUN = ("--camera", "sim", "--sim.width-px", 96, "--sim.height-px", 64, "--publish.no-enabled", "--sweeps", 9)
PROGRAMS = {
    "run_pipeline": ("run_pipeline.py", *RUN, "--model", "sharpness"),
    "focstream run": ("-m", "focstream", "run", *RUN),
    "capture": ("-m", "capture", "info", "absent.mcap"),
    "calibration": ("-m", "calibration", "show", "absent.toml"),
    "engines": ("-m", "engines", "list"),
    "publish": ("-m", "publish", "compare", "absent", "absent", "--out", "absent"),
    "training": ("-m", "training", "train", "--help"),
    "lens": ("-m", "capture.simulator.serial_lenses", "optotune-ld"),
    "stack": ("-m", "capture.simulator.gentl.write_stack", "absent", "--out", "absent"),
}
BOTH = [signal.SIGINT, signal.SIGTERM]


def signalled(words: tuple[object, ...], number: signal.Signals, *, after_s: float) -> tuple[int, str]:
    """Send a signal so long after the program took charge of them; returns the exit code and what it said."""
    with started(*words) as process:
        wait_for(lambda: has_taken_charge(process))
        time.sleep(after_s)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    return process.returncode, said


def check(code: int, said: str, *, after_s: float) -> None:
    moment = f"{after_s:.2f} s after the start: code {code}, {said}"
    assert "Traceback" not in said, moment
    assert "Exception ignored" not in said, moment
    assert said.count("interrupted") <= 1, moment
    assert code in (0, INTERRUPTED), moment


@pytest.mark.parametrize("number", BOTH)
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_signal_while_a_program_starts_is_one_line(name: str, number: signal.Signals) -> None:
    code, _, said = caught(PROGRAMS[name], number, when=has_taken_charge)
    assert (code, len(said.splitlines())) == (INTERRUPTED, 1), said
    assert said.endswith(": interrupted\n")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", BOTH)
@pytest.mark.parametrize("name", ["run_pipeline", "focstream run", "engines", "training"])
def test_a_signal_at_any_moment_of_the_start_is_no_traceback(name: str, number: signal.Signals) -> None:
    for step in range(2 * BOTH.index(number), 24, 4):  # every 100 ms, the two in turns
        code, said = signalled(PROGRAMS[name], number, after_s=0.05 * step)
        check(code, said, after_s=0.05 * step)


def test_a_signal_after_the_work_does_not_undo_it() -> None:
    """The interpreter takes its time to end, and by then would die of a signal."""
    slow_end = (
        "import atexit, sys, time\n"
        "atexit.register(lambda: (print('ends', flush=True), time.sleep(0.3)))\n"
        "from focstream.program.signals import begin\n"
        "begin('x')\n"
        "class Late:\n"
        "    def __del__(self): time.sleep(0.3)\n"
        "late = Late()\n"
    )
    for number in BOTH:
        with started("-c", slow_end) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ends\n"
            process.send_signal(number)
            _, said = process.communicate(timeout=60)
        assert (process.returncode, said) == (0, "")


def test_an_import_is_not_broken_off_by_an_exception(tmp_path) -> None:
    """Packages take an exception while they load for a fault, print it or swallow it."""
    (tmp_path / "swallows.py").write_text(
        "import time\ntry: print('loads', flush=True); time.sleep(60)\nexcept BaseException: pass\n"
    )
    loads = (
        f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\n"
        "from focstream.program.signals import begin, Unwinding\n"
        "begin('x')\nwith Unwinding():\n    import swallows\nprint('went on')"
    )
    with started("-c", loads) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "loads\n"
        process.send_signal(signal.SIGTERM)
        out, said = process.communicate(timeout=60)
    assert (process.returncode, out) == (INTERRUPTED, "")
    assert said.endswith(" x: interrupted\n")


STUCK = """
import hashlib, sys
from focstream.program.commands import Command, NoSettings, run_command
from focstream.program.signals import begin

begin("x")

def run(_):
    print("works", flush=True)
    hashlib.pbkdf2_hmac("sha256", b"x", b"y", 2**31 - 1)  # an hour in C, where Python handles no signal

sys.exit(run_command(lambda: Command(NoSettings, run), [], prog="x go"))
"""


@pytest.mark.parametrize("number", BOTH)
def test_a_second_signal_ends_what_is_stuck_in_a_library(number: signal.Signals) -> None:
    with started("-c", STUCK) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "works\n"
        time.sleep(0.5)
        process.send_signal(number)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.3)
        signal_until_over(process, number, every_s=1.0)
        _, said = process.communicate(timeout=20)
    assert process.returncode == INTERRUPTED
    assert said.count("interrupted") == len(said.splitlines()) == 1
    assert said.endswith(" x go: interrupted\n")
