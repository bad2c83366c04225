"""Reports what strangers do, without letting them fill the log."""

import logging


class Notices:
    """Logs the first event of each kind as a warning, and further ones for debugging only.

    Parameters
    ----------
    log
        Where to.
    """

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._seen: set[str] = set()

    def add(self, kind: str, message: str, *values: object) -> None:
        """Log `message`, one line, filled in with `values`."""
        self._log.log(logging.DEBUG if kind in self._seen else logging.WARNING, message, *values)
        self._seen.add(kind)
