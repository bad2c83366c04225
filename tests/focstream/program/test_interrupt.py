import os
import signal

import pytest

from focstream.program.interrupt import Interrupt

pytestmark = pytest.mark.alone  # libraries that other tests load may not bear a signal


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_and_the_second_insists(number: signal.Signals) -> None:
    asked: list[bool] = []
    before = signal.getsignal(number)
    with Interrupt() as interrupt:
        interrupt.on_stop = lambda: asked.append(True)
        os.kill(os.getpid(), number)
        assert (asked, interrupt.requested) == ([True], True)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert asked == [True]
    assert signal.getsignal(number) is before


def test_a_signal_while_nothing_runs_ends_at_once() -> None:
    with Interrupt() as interrupt, pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGTERM)
    assert interrupt.requested
