"""Logging in a process that does the same thing over and over."""

import logging

_MOST_KNOWN = 1000


class _Once(logging.Filter):
    """Lets a line pass once; of many lines those that came first are forgotten."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[str, None] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is new."""
        text = record.getMessage()
        if text in self._known:
            return False
        self._known[text] = None
        if len(self._known) > _MOST_KNOWN:
            del self._known[next(iter(self._known))]
        return True


def log_once_each(level: int) -> None:
    """Log to the standard error, from a level on, every line once."""
    logging.basicConfig(level=level, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    for handler in logging.getLogger().handlers:
        handler.addFilter(_Once())
