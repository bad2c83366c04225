"""`make test`: every part runs, and its end says what was skipped."""

from pathlib import Path

import pytest

from tests.parts import run_parts
from tests.second_try import MOST

FAILS = """
import pytest

def test_that_fails():
    assert False

@pytest.mark.xfail(reason="known")
def test_that_is_expected_to_fail():
    assert False
"""
SKIPS = """
import pytest

@pytest.mark.parametrize("number", range(2))
def test_that_needs_a_browser(number):
    pytest.skip("needs Chromium: apt-get install chromium")

def test_that_passes():
    pass
"""
SKIPPED_FILE = """
import pytest

pytest.importorskip("no_such_module", reason='needs it: pip install "focstream[web]"')
"""
CRASHES = """
import os

def test_that_ends_the_process():
    os._exit(3)
"""


@pytest.mark.slow
@pytest.mark.parametrize("behind", [(), ("second", "third")])
def test_a_part_that_fails_or_crashes_does_not_hide_the_others(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], behind: tuple[str, ...]
) -> None:
    texts = {"fails": FAILS, "skips": SKIPS, "skipped": SKIPPED_FILE, "crashes": CRASHES}
    for name, text in texts.items():
        (tmp_path / f"test_{name}.py").write_text(text)
    parts = {
        "first": ["test_fails.py"],
        "second": ["test_crashes.py"],
        "third": ["test_skips.py", "test_skipped.py"],
    }
    assert run_parts(parts, behind=behind, root=tmp_path) == 1
    printed = capfd.readouterr().out
    assert "test_that_fails" in printed
    assert "test_skips.py" in printed
    assert printed.split("What became of the parts:\n")[1].splitlines() == [
        "  first: 2 tests, 1 failures, 0 errors, 1 skipped; FAILED (exit code 1)",
        "  second: ENDED WITHOUT A REPORT (exit code 3)",
        "  third: 4 tests, 0 failures, 0 errors, 3 skipped",
        "Skipped, and what would end that:",
        "  2 × needs Chromium: apt-get install chromium",
        '  1 × needs it: pip install "focstream[web]"',
    ]
    assert run_parts({"third": parts["third"]}, behind=behind, root=tmp_path) == 0


FAILS_AT_FIRST = """
def test_that_is_late_at_first(pytestconfig):
    place = pytestconfig.rootpath / "tried"
    tried = place.exists()
    place.touch()
    assert tried

def test_that_passes():
    pass
"""
CLOSING = """
What became of the parts:
  first: 2 tests, 1 failures, 0 errors, 0 skipped; FAILED (exit code 1)
Failed beside others, passed on their own:
  test_late.py::test_that_is_late_at_first
"""


@pytest.mark.slow
def test_what_passes_on_its_own_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "test_late.py").write_text(FAILS_AT_FIRST)
    assert run_parts({"first": ["test_late.py"]}, root=tmp_path) == 0
    printed = capfd.readouterr().out
    assert printed.endswith(CLOSING)
    assert "1 passed" in printed
    assert run_parts({"first": ["test_late.py"]}, root=tmp_path) == 0
    assert "passed on their own" not in capfd.readouterr().out


KILLED_AT_FIRST = """
import os, signal

def test_that_is_killed_at_first(pytestconfig):
    place = pytestconfig.rootpath / "tried"
    if not place.exists():
        place.touch()
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
def test_what_a_signal_ended_behind_is_run_again_and_said(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "test_killed.py").write_text(KILLED_AT_FIRST)
    assert run_parts({"first": ["test_killed.py"]}, behind=["first"], root=tmp_path) == 0
    printed = capfd.readouterr().out
    assert "ENDED BY SIGNAL 9 in the first attempt: " in printed
    assert printed.endswith("  first: 1 tests, 0 failures, 0 errors, 0 skipped\n")


@pytest.mark.slow
def test_many_failures_are_not_tried_again(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for number in range(MOST + 1):
        (tmp_path / f"test_late{number}.py").write_text(FAILS_AT_FIRST.replace('tried"', f'tried{number}"'))
    assert run_parts({"first": ["."]}, root=tmp_path) == 1
    assert "passed on their own" not in capfd.readouterr().out
