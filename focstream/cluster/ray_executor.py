"""Ranges played on a Ray cluster: one of others, or one of our own on this computer.

Ray runs in a process of its own, because it prints what it likes, takes over signals, and ends the process
that uses it when the cluster's head is lost.
"""

import logging
import pickle
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Self

from focstream.cluster.ray_connect import CLIENT, Cluster, patience_s
from focstream.cluster.ray_link import Heard, RayLink
from focstream.cluster.ray_messages import Assignment, Done, Joined, Note, Stopped, Task
from focstream.cluster.ray_workers import AHEAD
from focstream.cluster.work import MakePlayer, RangeResult, WorkRange
from focstream.errors import InputError
from focstream.program.extras import need_extra
from focstream.version import __version__

_log = logging.getLogger(__name__)

_IMPORT_S = 120.0
"""How long Ray's package may take to load on a loaded computer."""
_REMEDY = "give the address of a cluster that runs (ray status), or none for a Ray on this computer"


class RayExecutor:
    """An `Executor` on Ray: an actor for each worker, which holds a player.

    Parameters
    ----------
    make
        Makes a player; it is pickled, and called in every worker.
    address
        ``auto``, ``HOST:6379`` or ``ray://HOST:10001``; None for a Ray of our own on this computer.
    workers
        How many; None for as many as the cluster holds when it is joined, or one on this computer.
    threads
        Processor cores of each.
    gpus_per_worker
        GPUs of each; may be a part of one.
    retries
        How often a range is tried again, when its worker is lost or does not answer in time.
    range_timeout_s
        How long a range may take; None for any time.
    place_timeout_s
        How long to wait while the cluster has no room for a single worker.

    Raises
    ------
    InputError
        When it is entered: Ray is missing, there is no such cluster, or it has another version of Ray or
        Python.
    """

    def __init__(
        self,
        make: MakePlayer,
        *,
        address: str | None = None,
        workers: int | None = None,
        threads: int = 1,
        gpus_per_worker: float = 0.0,
        retries: int = 3,
        range_timeout_s: float | None = None,
        place_timeout_s: float = 600.0,
    ) -> None:
        count = workers or (0 if address else 1)
        self._cluster = Cluster(address=address or "", workers=count, threads=threads, gpus=gpus_per_worker)
        self._assignment = Assignment(
            cluster=self._cluster,
            version=__version__,
            make=pickle.dumps(make),
            retries=retries,
            range_timeout_s=range_timeout_s or 0.0,
            place_timeout_s=place_timeout_s,
        )
        self._workers = count
        self._out: dict[int, WorkRange] = {}
        self._link: RayLink | None = None

    @property
    def workers(self) -> int:
        """How many are asked for; known once it is entered."""
        return self._workers

    def results(self, ranges: Iterable[WorkRange]) -> Iterator[RangeResult]:
        """Yield one result for every range, as they come. See `Executor.results`.

        Raises
        ------
        InputError
            When nothing can go on: the cluster is lost or has no room, a worker has another focstream, or
            no player can be made.
        """
        link, numbered = self._entered(), enumerate(ranges)
        while True:
            while len(self._out) < AHEAD * self._workers and (following := next(numbered, None)) is not None:
                number, work = following
                self._out[number] = work
                link.tell(Task(number=number, work=pickle.dumps(work)))
            if not self._out:
                return
            heard = link.hear()
            if isinstance(heard, Done):
                yield _result(self._out.pop(heard.number), heard)
            else:
                self._note(heard)

    def __enter__(self) -> Self:
        need_extra("ray", extra="cluster", what="--cluster")
        if self._cluster.address.startswith(CLIENT):
            need_extra("grpc", extra="cluster", what=f"--cluster {self._cluster.address}", package="grpcio")
        with ExitStack() as stack:
            link = stack.enter_context(RayLink())
            self._join(link)
            stack.pop_all()
        self._link = link
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        link, self._link = self._entered(), None
        in_order = error is None and not self._out
        self._out.clear()
        try:
            if in_order:
                link.wait_for_end()
        finally:
            link.__exit__()

    def _entered(self) -> RayLink:
        assert self._link is not None, "enter it first"
        return self._link

    def _join(self, link: RayLink) -> None:
        """Have the Ray process join the cluster, or start its own."""
        link.tell(replace(self._assignment, cluster=replace(self._cluster, folder=str(link.folder))))
        within_s = _IMPORT_S
        while True:
            heard = link.hear(within_s=within_s)
            if isinstance(heard, Stopped):
                raise InputError(f"{self._where}: {heard.why}; {_REMEDY}")
            if isinstance(heard, Joined):
                self._workers = heard.workers
                return
            if heard is None:
                raise InputError(f"{self._where}: no answer from Ray within {within_s:.0f} s; {_REMEDY}")
            within_s = patience_s(self._cluster.address)
            self._note(heard)

    def _note(self, heard: Heard | None) -> None:
        if isinstance(heard, Stopped):
            raise InputError(f"{self._where}: {heard.why}")
        if isinstance(heard, Note):
            _log.warning("%s", heard.text)

    @property
    def _where(self) -> str:
        return f"--cluster {self._cluster.address}" if self._cluster.address else "--cluster"


def _result(work: WorkRange, done: Done) -> RangeResult:
    """Return what a worker made of a range; without that, why there is nothing."""
    for line in done.lines:
        _log.warning("%s: %s", done.node, line)
    if done.fault:
        seconds = round(done.seconds, 3)
        return RangeResult(work=work, sweeps=(), seconds=seconds, node=done.node, error=done.fault)
    result: RangeResult = pickle.loads(done.result)
    return result if result.node else replace(result, node=done.node)
