"""The log of the program for Foxglove."""

import logging

from foxglove import Context
from foxglove.channels import LogChannel
from foxglove.messages import Log, LogLevel

from publish.look.foxglove_maps import stamp_of

SDK = "foxglove"
"""Logger of the SDK and of all that is in it: it reports every stranger that does not speak its protocol."""
_NS = 1_000_000_000
_LEVELS = (
    (logging.CRITICAL, LogLevel.Fatal),
    (logging.ERROR, LogLevel.Error),
    (logging.WARNING, LogLevel.Warning),
    (logging.INFO, LogLevel.Info),
)


class FoxgloveLog(logging.Handler):
    """Sends every line of the log to topic ``/log``, from any thread.

    Parameters
    ----------
    context
        Of the server.
    """

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._channel = LogChannel("/log", context=context)
        self._before = logging.getLogger(SDK).level
        logging.getLogger(SDK).setLevel(logging.CRITICAL + 1)
        logging.getLogger().addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Send one line."""
        stamp_ns = int(record.created * _NS)
        try:
            message = Log(
                timestamp=stamp_of(stamp_ns),
                level=next((level for above, level in _LEVELS if record.levelno >= above), LogLevel.Debug),
                message=record.getMessage(),
                name=record.name,
                file=record.pathname,
                line=record.lineno,
            )
            self._channel.log(message, log_time=stamp_ns)
        except Exception:  # noqa: BLE001 - as every handler of `logging`
            self.handleError(record)

    def close(self) -> None:
        """Send no more."""
        logging.getLogger().removeHandler(self)
        logging.getLogger(SDK).setLevel(self._before)
        super().close()
