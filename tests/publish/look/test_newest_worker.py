import logging
import threading

import pytest

from publish.look.newest_worker import NewestWorker


def test_whoever_offers_never_waits_and_the_newest_wins() -> None:
    started, go_on, done = threading.Event(), threading.Event(), []

    def work(item: int) -> None:
        started.set()
        go_on.wait()
        done.append(item)

    worker = NewestWorker(work, name="slow")
    worker.offer(0)
    started.wait()
    for item in range(1, 1000):
        worker.offer(item)
    go_on.set()
    worker.close()
    assert done == [0, 999]
    assert worker.skipped == 998


def test_closing_finishes_what_waits_and_takes_no_more() -> None:
    done: list[int] = []
    worker = NewestWorker(done.append, name="worker", period_s=60.0)
    worker.offer(1)
    worker.offer(2)
    worker.close()
    worker.offer(3)
    worker.close()
    assert done[-1] == 2


def test_a_failure_is_told_once_and_hurts_nobody(caplog: pytest.LogCaptureFixture) -> None:
    worker = NewestWorker(lambda item: 1 // item, name="the view")
    with caplog.at_level(logging.ERROR):
        worker.offer(0)
        worker.close()
        worker.offer(1)
    assert worker.failed
    assert [record.getMessage() for record in caplog.records] == [
        "the view has ended: integer division or modulo by zero; everything else goes on"
    ]
