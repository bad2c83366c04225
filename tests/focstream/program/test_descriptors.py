"""Descriptors that strangers do not get. The limit is lowered in processes of their own."""

import contextlib
import errno
import os
import re
import subprocess
import sys
import threading

import pytest

pytest.importorskip("resource", reason="needs a system with limits for processes, such as Linux")
import resource

from focstream.program import descriptors
from focstream.program.descriptors import RESERVED, when_one_is_free

_CHILD = """
import logging, resource
from focstream.program.descriptors import connections_each
logging.basicConfig(format="%(message)s")
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
print(connections_each({ports}, wanted={wanted}), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


def in_child(*, soft: int, hard: int, ports: int = 5, wanted: int = 64) -> tuple[int, int, str]:
    """Connections for each port, the soft limit afterwards, and what was logged."""
    script = _CHILD.format(soft=soft, hard=hard, ports=ports, wanted=wanted)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    each, limit = done.stdout.split()
    return int(each), int(limit), done.stderr


@pytest.fixture(scope="module")
def hard() -> int:
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if limit != resource.RLIM_INFINITY and limit < 1_024:
        pytest.skip("needs a hard limit of 1024 open files or more: ulimit -Hn")
    return 1_024


def test_the_limit_is_raised_as_far_as_allowed(hard: int) -> None:
    assert in_child(soft=100, hard=hard) == (64, hard, "")


def test_what_is_left_is_shared_and_reported_in_one_line() -> None:
    each, limit, log = in_child(soft=200, hard=256)
    assert limit == 256
    assert 1 < each < 64
    assert each * 5 <= 256 - RESERVED
    assert log.count("\n") == 1
    assert f"only 256 files open: {RESERVED} of the {RESERVED} that recording and saving may need" in log
    assert f"at most {each} connections; allow more: ulimit -n " in log
    advised = int(log.split()[-1])
    assert in_child(soft=advised, hard=advised)[0::2] == (64, "")


def test_what_cannot_be_reserved_is_reported() -> None:
    each, _, log = in_child(soft=40, hard=40)
    assert each == 1
    assert log.count("\n") == 1
    reserved = int(log.split("open: ")[1].split()[0])
    assert 0 < reserved < RESERVED


def test_too_few_for_the_program_itself_is_one_line() -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        in_child(soft=20, hard=20)
    last = failed.value.stderr.splitlines()[-1]
    assert re.fullmatch(
        r"\S+InputError: this process may have only 20 files open; allow more: ulimit -n \d+", last
    )


def test_without_ports_nothing_is_changed() -> None:
    assert in_child(soft=100, hard=200, ports=0) == (64, 100, "")


def test_opening_waits_until_a_descriptor_is_free() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = [os.open(os.devnull, os.O_RDONLY)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (taken[0] + 1, before[1]))
    try:
        with contextlib.suppress(OSError):
            while True:
                taken.append(os.open(os.devnull, os.O_RDONLY))
        opened: list[int] = []
        refused = threading.Event()

        def open_() -> int:
            try:
                return os.open(os.devnull, os.O_RDONLY)
            except OSError:
                refused.set()
                raise

        waiting = threading.Thread(target=lambda: opened.append(when_one_is_free(open_)))
        waiting.start()
        assert refused.wait(30.0)
        os.close(taken.pop())
        waiting.join()
        taken += opened
        assert len(opened) == 1
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_opening_gives_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descriptors, "_PATIENCE_S", 0.0)

    def never() -> int:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with pytest.raises(OSError, match="Too many open files"):
        when_one_is_free(never)


def test_other_errors_are_not_waited_for() -> None:
    with pytest.raises(FileNotFoundError):
        when_one_is_free(lambda: os.open("/nowhere/at/all", os.O_RDONLY))
