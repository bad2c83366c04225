"""What a program and its Ray process say to each other."""

from dataclasses import dataclass, field

from focstream.cluster.ray_connect import Cluster


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """The first thing said: what the workers are, and how patient to be.

    Attributes
    ----------
    cluster
        Where, and how many.
    version
        Of focstream.
    make
        A pickled `MakePlayer`.
    retries
        How often a range is tried again after a worker was lost with it.
    range_timeout_s
        How long a range may take; 0 = any time.
    place_timeout_s
        How long to wait while there is no worker at all.
    """

    cluster: Cluster
    version: str
    make: bytes
    retries: int
    range_timeout_s: float
    place_timeout_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A pickled range, by its number."""

    number: int
    work: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Connecting:
    """Ray is loaded, and the cluster is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The cluster answered; so many workers are asked for."""

    workers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of a range: a pickled result; or else why there is none, and after how many seconds."""

    number: int
    result: bytes = b""
    fault: str = ""
    seconds: float = 0.0
    node: str = ""
    lines: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A line for the log."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Nothing can go on, and why."""

    why: str
