"""How many peers may be connected to each port, so that they never take what recording and saving need."""

import logging
from collections.abc import Iterator
from typing import Self

from focstream.program.descriptors import connections_each

_log = logging.getLogger(__name__)

MOST_EACH = 64


class Port:
    """Counts the connections of one port. Used by one thread at a time; may be read from any.

    Attributes
    ----------
    name
        For messages and metrics: "depth", "page".
    most
        Connections open at a time; a new one above them is refused.
    open, refused
        How many are open now, and how many were refused since the start.
    """

    def __init__(self, name: str, *, most: int) -> None:
        self.name = name
        self.most = most
        self.open = 0
        self.refused = 0

    def admit(self) -> bool:
        """Count one connection more; False when it is to be refused, which is reported once."""
        if self.open < self.most:
            self.open += 1
            return True
        self.refused += 1
        if self.refused == 1:
            _log.warning(
                "the port for %s has %d connections, the most it takes: new ones are refused until one ends; "
                "further ones are only counted",
                *(self.name, self.most),
            )
        return False

    def release(self) -> None:
        """Count one admitted connection less."""
        self.open -= 1

    def report(self) -> None:
        """Log how many were refused, if that was more than the one that has been reported."""
        if self.refused > 1:
            _log.warning("the port for %s refused %d connections", self.name, self.refused)


class Connections:
    """The ports of one program. Iterates over those that are in use.

    Parameters
    ----------
    most_each
        Connections that each port takes at a time.
    """

    def __init__(self, most_each: int = MOST_EACH) -> None:
        self._most_each = most_each
        self._ports: list[Port] = []

    @classmethod
    def shared_by(cls, ports: int) -> Self:
        """Bound so many ports such that recording and saving can always open a file."""
        return cls(connections_each(ports, wanted=MOST_EACH))

    def port(self, name: str) -> Port:
        """Return the counter of one more port."""
        self._ports.append(Port(name, most=self._most_each))
        return self._ports[-1]

    def __iter__(self) -> Iterator[Port]:
        return iter(tuple(self._ports))
