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
    """A range, how often it was lost with a worker, and the time of that."""

    task: Task
    losses: int = 0
    seconds: float = 0.0


@dataclass(slots=True, kw_only=True, eq=False)
class _Worker:
    """An actor, and the ranges that it has; it plays the first of them, since `since_s`."""

    actor: Any
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
        self._failed_begins = 0
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

    def _start(self) -> None:
        worker = _Worker(actor=self._kind.remote())
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
            self._failed_begins += 1
            if self._failed_begins >= max(_FAILED_BEGINS, len(self._workers)):
                self._say(Stopped(why=f"workers are lost as soon as they begin: {fault}"))
                return
            self._replace(worker)
            return
        worker.node, cannot = answer
        if cannot:
            self._say(Stopped(why=f"{worker.node}: {cannot}"))
            return
        worker.ready, self._failed_begins = True, 0
        self._feed()

    def _feed(self) -> None:
        """Give what waits to who has least."""
        ready = [worker for worker in self._workers if worker.ready]
        while self._waiting and ready:
            worker = min(ready, key=lambda each: len(each.has))
            if len(worker.has) >= AHEAD:
                return
            self._send(worker, self._waiting.popleft())

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

    def _lost(self, worker: _Worker, why: str) -> None:
        """Give the ranges of a worker to others; the one that it played was tried once more."""
        played, behind = (worker.has.popleft() if worker.has else None), list(worker.has)
        self._waiting.extendleft(reversed(behind))
        self._replace(worker)
        if played is not None:
            played.losses += 1
            played.seconds += time.monotonic() - worker.since_s
            self._try_again(played, worker.node, why)
        self._feed()

    def _try_again(self, tried: _Tried, node: str, why: str) -> None:
        if tried.losses <= self._assignment.retries:
            self._say(Note(text=f"{node}: {why}; its range is tried again ({tried.losses})"))
            self._waiting.appendleft(tried)
            return
        fault = f"given up after {tried.losses} tries, the last on {node}: {why}"
        self._say(Done(number=tried.task.number, fault=fault, seconds=tried.seconds, node=node))

    def _replace(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        self._ray.kill(worker.actor)
        self._start()

    def _look_for_stalled(self) -> None:
        timeout_s = self._assignment.range_timeout_s
        for worker in list(self._workers):
            if timeout_s and worker.has and time.monotonic() - worker.since_s > timeout_s:
                self._lost(worker, f"no answer within {timeout_s:g} s")

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
