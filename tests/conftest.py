"""What all tests share."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Tests never judge time: machines are shared and noisy.
settings.register_profile("focstream", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("focstream")

ALONE = "FOCSTREAM_TEST_ALONE"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Leave the fixtures of a test that runs in a process of its own to that process."""
    if _runs_alone(item):
        item.fixturenames.clear()  # type: ignore[attr-defined]


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test marked `alone` in a process of its own."""
    if not _runs_alone(pyfuncitem):
        return None
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", pyfuncitem.nodeid]
    root = Path(__file__).parents[1]
    done = subprocess.run(
        command, cwd=root, env={**os.environ, ALONE: "1"}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.fail(done.stdout + done.stderr, pytrace=False)
    return True


def _runs_alone(item: pytest.Item) -> bool:
    return item.get_closest_marker("alone") is not None and ALONE not in os.environ
