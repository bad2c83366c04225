"""Commands under limits, on a Python that does a line or two."""

import resource
import signal
import sys

import pytest

from benchmarks.campaign.trial import Signal, run_command

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: limits are set from outside")

LISTENS = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(7)); "


def test_code_and_text():
    done = run_command(["-c", "import sys; print('out'); sys.exit('err')"])
    assert (done.code, done.killed) == (1, False)
    assert done.text.split() == ["err", "out"] or done.text.split() == ["out", "err"]
    assert done.peak_mb > 1.0


def test_what_outlasts_its_limit_is_killed():
    done = run_command(["-c", "input = 1\nwhile True: pass"], limit_s=0.5)
    assert (done.code, done.killed) == (-signal.SIGKILL, True)


def test_a_signal_is_sent():
    program = LISTENS + "\nwhile True: pass"
    done = run_command(["-c", program], signals=[Signal(number=signal.SIGTERM, after_s=5.0)], limit_s=60.0)
    assert (done.code, done.killed) == (7, False)
    assert done.end_s < done.took_s


def test_a_limit_acts(tmp_path):
    program = "open('a', 'wb').write(bytes(100_000))".replace("'a'", repr(str(tmp_path / "a")))
    done = run_command(
        ["-S", "-c", "import time; time.sleep(1)\n" + program], limits={resource.RLIMIT_FSIZE: 1_000}
    )
    assert done.code == 1
    assert (tmp_path / "a").stat().st_size <= 1_000
