"""The workers of a Ray cluster: which has which range, and what is done when one is lost."""

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from focstream.cluster import ray_actor
from focstream.cluster.ray_connect import lacking, paths_of_modules
from focstream.cluster.ray_messages import Assignment, Done, Note, Stopped, Task

if TYPE_CHECKING:
    import ray

AHEAD = 2
"""Ranges that a worker has at most: the one that it plays, and the next."""
_LOOK_S = 1.0
_WARN_AFTER_S = 30.0
_FAILED_BEGINS = 3
_CLOSE_S = 5.0

Event = Callable[["RayWorkers"], None]
"""Something to do, in the one thread that does everything."""
Say = Callable[[object], None]


@dataclass(slots=True, kw_only=True)
class _Tried:
    """A range, how often it was lost with a worker, and the time of that.

    After a first loss it is played `alone`: of two that a worker had, each may be what ended it, for the
    result of the first is lost as well when the second ends the worker at once.
    """

    task: Task
    losses: int = 0
    seconds: float = 0.0
    alone: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class _Worker:
    """An actor, and the ranges that it has; it plays the first of them, since `since_s`."""

    actor: Any
    failed_begins: int = 0
    node: str = ""
    ready: bool = False
    has: deque[_Tried] = field(default_factory=deque)
    since_s: float = 0.0


class RayWorkers:
    """Gives ranges to actors, and replaces those that are lost.

    Ray calls back in threads of its own; everything is done in the thread that calls `step`.

    Parameters
    ----------
    assignment
        What the workers are.
    workers
        How many.
    events
        What is to be done; others may add to it.
    say
        Takes `Done`, `Note` and `Stopped`.
    """

    def __init__(self, assignment: Assignment, workers: int, *, events: SimpleQueue[Event], say: Say) -> None:
        import ray  # loaded by the process that talks to it alone

        ray.cloudpickle.register_pickle_by_value(ray_actor)  # type: ignore[no-untyped-call]
        self._ray = ray
        self._assignment = assignment
        self._say = say
        cluster = assignment.cluster
        self._kind: Any = ray.remote(ray_actor.Worker).options(
            num_cpus=cluster.threads, num_gpus=cluster.gpus, max_restarts=0, max_task_retries=0
        )
        self._paths = () if cluster.address else paths_of_modules()
        self._waiting: deque[_Tried] = deque()
        self._none_since_s = time.monotonic()
        self._warned = False
        self._events = events
        self._workers: list[_Worker] = []
        for _ in range(workers):
            self._start()

    def give(self, task: Task) -> None:
        """Have a range played."""
        self._waiting.append(_Tried(task=task))
        self._feed()

    def step(self) -> None:
        """Do what is next, or wait a while for it."""
        try:
            event = self._events.get(timeout=_LOOK_S)
        except Empty:
            event = _nothing
        event(self)
        self._look_for_stalled()
        self._look_for_none()

    def close(self) -> None:
        """Have the workers close their players; those that play are not waited for."""
        idle = [worker.actor.close.remote() for worker in self._workers if worker.ready and not worker.has]
        if idle:
            self._ray.wait(idle, num_returns=len(idle), timeout=_CLOSE_S)

    def _start(self, *, failed_begins: int = 0) -> None:
        worker = _Worker(actor=self._kind.remote(), failed_begins=failed_begins)
        self._workers.append(worker)
        begun = worker.actor.begin.remote(self._assignment.version, self._paths, self._assignment.make)
        self._when(begun, lambda answer, fault: self._begun(worker, answer, fault))

    def _when(self, reference: "ray.ObjectRef[Any]", then: Callable[[Any, str], None]) -> None:
        """Call `then` with the answer, or with why there is none."""

        def call(future: Future[Any]) -> None:
            error = future.exception()
            answer = None if error else future.result()
            self._events.put(lambda _: then(answer, "" if error is None else _in_words(error)))

        reference.future().add_done_callback(call)

    def _begun(self, worker: _Worker, answer: ray_actor.Begun | None, fault: str) -> None:
        if worker not in self._workers:
            return
        if answer is None:
            self._begin_again(worker, fault)
            return
        worker.node, cannot = answer
        if cannot:
            self._say(Stopped(why=f"{worker.node}: {cannot}"))
            return
        worker.ready = True
        self._feed()

    def _begin_again(self, worker: _Worker, fault: str) -> None:
        """Replace a worker that was lost before it could play; after some, do without it."""
        self._end(worker)
        if worker.failed_begins + 1 < _FAILED_BEGINS:
            self._start(failed_begins=worker.failed_begins + 1)
        elif self._workers:
            self._say(Note(text=f"one worker less: {_FAILED_BEGINS} were lost as they began ({fault})"))
        else:
            self._say(Stopped(why=f"workers are lost as they begin: {fault}"))

    def _feed(self) -> None:
        """Give what waits to who has least."""
        ready = [worker for worker in self._workers if worker.ready and not any(t.alone for t in worker.has)]
        while self._waiting and ready:
            worker = min(ready, key=lambda each: len(each.has))
            if len(worker.has) >= (1 if self._waiting[0].alone else AHEAD):
                return
            tried = self._waiting.popleft()
            self._send(worker, tried)
            if tried.alone:
                ready.remove(worker)

    def _send(self, worker: _Worker, tried: _Tried) -> None:
        if not worker.has:
            worker.since_s = time.monotonic()
        worker.has.append(tried)
        played = worker.actor.play.remote(tried.task.work)
        self._when(played, lambda answer, fault: self._played(worker, tried, answer, fault))

    def _played(self, worker: _Worker, tried: _Tried, answer: ray_actor.Played | None, fault: str) -> None:
        if worker not in self._workers:  # it was given up, and its ranges went to others
            return
        if answer is None:
            self._lost(worker, fault)
            return
        worker.has.remove(tried)
        taken_s, worker.since_s = time.monotonic() - worker.since_s, time.monotonic()
        result, error, lines = answer
        self._say(
            Done(
                number=tried.task.number,
                result=result,
                fault=error,
                seconds=tried.seconds + taken_s,
                node=worker.node,
                lines=lines,
            )
        )
        self._feed()

    def _lost(self, worker: _Worker, why: str, *, by_first: bool = False) -> None:
        """Replace a worker, and have its ranges played again, each alone; what was alone is to blame."""
        had = list(worker.has)
        self._end(worker)
        self._start()
        if had:
            had[0].seconds += time.monotonic() - worker.since_s
            had[0].losses += by_first or len(had) == 1
            self._say_of(had[0], worker.node, why)
        given_up = [tried for tried in had if tried.losses > self._assignment.retries]
        for tried in had:
            tried.alone = True
        self._waiting.extendleft(tried for tried in reversed(had) if tried not in given_up)
        self._feed()

    def _say_of(self, tried: _Tried, node: str, why: str) -> None:
        if tried.losses <= self._assignment.retries:
            self._say(Note(text=f"{node}: {why}; its range is tried again"))
            return
        fault = f"given up after {tried.losses} tries, the last on {node}: {why}"
        self._say(Done(number=tried.task.number, fault=fault, seconds=tried.seconds, node=node))

    def _end(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        self._ray.kill(worker.actor)

    def _look_for_stalled(self) -> None:
        timeout_s = self._assignment.range_timeout_s
        for worker in list(self._workers):
            if timeout_s and worker.has and time.monotonic() - worker.since_s > timeout_s:
                self._lost(worker, f"no answer within {timeout_s:g} s", by_first=True)

    def _look_for_none(self) -> None:
        """Say when no worker is there for long."""
        now_s = time.monotonic()
        if any(worker.ready for worker in self._workers):
            self._none_since_s, self._warned = now_s, False
            return
        waited_s = now_s - self._none_since_s
        if waited_s < min(_WARN_AFTER_S, self._assignment.place_timeout_s):
            return
        why = lacking(self._assignment.cluster) or f"no worker could begin within {waited_s:.0f} s"
        if waited_s > self._assignment.place_timeout_s:
            self._say(Stopped(why=f"{why}; given up"))
        elif not self._warned:
            self._warned = True
            self._say(Note(text=f"{why}: waiting for one"))


def _nothing(_: "RayWorkers") -> None: ...


def _in_words(error: BaseException) -> str:
    """Say what Ray means in a line; the rest of it is for those who know Ray."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if kinds & {"RayActorError", "NodeDiedError", "OwnerDiedError"}:
        return "the worker was lost, perhaps with its node, or for lack of memory"
    line = (str(error).strip().splitlines() or ["no reason given"])[0]
    return f"{type(error).__name__}: {line}"
