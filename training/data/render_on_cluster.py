"""Shards rendered by the workers of a Ray cluster."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from focstream.cluster.ray_executor import RayExecutor
from focstream.cluster.work import MakePlayer, RangePlayer, RangeResult, WorkRange
from focstream.errors import FocstreamError
from focstream.types import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeRenderer(MakePlayer):
    """Makes what renders shards in a worker.

    Attributes
    ----------
    render
        Renders the shard of a number.
    """

    render: Callable[[int], None]

    def __call__(self) -> RangePlayer:
        """Make it."""
        return _Renderer(self.render)


class _Renderer(RangePlayer):
    """Takes the number of a range for that of a shard."""

    def __init__(self, render: Callable[[int], None]) -> None:
        self._render = render

    def play(self, work: WorkRange) -> RangeResult:
        """Render it."""
        started_s, error = time.monotonic(), ""
        try:
            self._render(work.number)
        except FocstreamError as failure:
            error = str(failure)
        return RangeResult(work=work, sweeps=(), seconds=time.monotonic() - started_s, error=error)

    def close(self) -> None:
        """Nothing to free."""


def rendered_on_cluster(
    render: Callable[[int], None], numbers: Iterable[int], *, address: str | None, workers: int
) -> Iterator[int]:
    """Have shards rendered; yield the number of each, as they come.

    Parameters
    ----------
    render
        Renders one; it is pickled.
    numbers
        Of the shards.
    address
        Of the cluster; None for a Ray of its own.
    workers
        With a thread each.

    Raises
    ------
    InputError
        When one failed, after all have been tried; when there is no such cluster.
    """
    failed: list[RangeResult] = []
    with RayExecutor(MakeRenderer(render=render), address=address, workers=workers) as executor:
        for result in executor.results(WorkRange(number=number, source="") for number in numbers):
            if result.error:
                failed.append(result)
            yield result.work.number
    if failed:
        first = failed[0]
        raise InputError(
            f"{len(failed)} shards failed, first {first.work.number} on {first.node}: {first.error}; "
            "the same command renders what is missing"
        )
