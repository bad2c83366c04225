"""Commands, questions and answers over one port, for all serial lenses: the lock, the repeats, the counts."""

import logging
from collections.abc import Callable
from threading import RLock
from typing import TypeVar

from capture.lenses.port import SerialPort
from capture.lenses.reply import ByteSource, RefusedError, ReplyError
from focstream.types import DeviceLostError

ATTEMPTS = 3

_log = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")


class Exchange:
    """The traffic with one lens. Safe to use from several threads.

    Only commands that may be given twice go through here, so an answer that is missing or damaged is asked
    for again, up to three times in all.

    Parameters
    ----------
    port
        Open.
    stale
        Looks at bytes that came before a question was asked, such as a late error.

    Attributes
    ----------
    repeated
        Questions that had to be asked again.
    """

    def __init__(self, port: SerialPort, *, stale: Callable[[bytes], None] = lambda _: None) -> None:
        self.port = port
        self.repeated = 0
        self._stale = stale
        self._lock = RLock()

    def tell(self, command: bytes) -> None:
        """Send a command that is not answered.

        Raises
        ------
        DeviceLostError
            When the port is gone.
        """
        with self._lock:
            self.port.write(command)

    def ask(self, question: bytes, read: Callable[[ByteSource], _Answer]) -> _Answer:
        """Send a question and return what `read` makes of the answer.

        Raises
        ------
        RefusedError
            When the lens does not do it.
        DeviceLostError
            When the port is gone, or there was no sound answer to three questions.
        """
        with self._lock:
            for attempt in range(ATTEMPTS):
                self._stale(self.port.drain_until_quiet() if attempt else self.port.drain())
                self.port.write(question)
                try:
                    return read(self.port)
                except RefusedError as error:
                    raise RefusedError(f"{self.port.lens}: {error}") from error
                except ReplyError as error:
                    failure = error
                    self.repeated += 1
                    _log.info("%s: %s; asking again", self.port.lens, error)
        raise DeviceLostError(
            f"{self.port.lens}: {failure}, {ATTEMPTS} times in a row; check its cable and its power"
        )
