"""What the page may change, and what that takes."""

from dataclasses import dataclass, field

from focstream.control.desk import ControlDesk
from focstream.control.pause import Pause
from focstream.protocols import Sink


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """What is joined to a running pipeline so that it can be changed.

    Attributes
    ----------
    desk
        What can be changed; None for nothing.
    sinks
        Take every map, and are to be closed after the acquisition.
    pause
        Holds slices back.
    """

    desk: ControlDesk | None = None
    sinks: tuple[Sink, ...] = ()
    pause: Pause = field(default_factory=Pause)
