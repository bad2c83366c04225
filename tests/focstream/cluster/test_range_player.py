"""What plays ranges in a worker, with stand-ins for what opens them."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel

from focstream.cluster.range_player import MakeRangePlayer
from focstream.cluster.sweep_numbers import SweepNumbers
from focstream.cluster.work import Place, RangePlayer, Span, WorkRange
from focstream.protocols import Sink
from focstream.types import DepthUpdate, InputError
from tests.slices import make_slice
from tests.updates import make_update


class Options(BaseModel):
    replay: str = ""
    fault: str = ""


@dataclass
class Opened:
    changes: dict[str, Any] = field(default_factory=dict)
    maps: Iterator[DepthUpdate] = field(default_factory=lambda: iter(()))


def open_part(work: WorkRange, options: Options) -> Opened:
    if work.source == "absent":
        raise InputError("absent is not there")
    return Opened(changes={"replay": work.source})


def update_of(sweep_id: int) -> DepthUpdate:
    return make_update(np.full((4, 6), 0.5, np.float32), final=True, tag=make_slice(sweep_id=sweep_id).tag)


@contextmanager
def open_maps(
    options: Options, /, *, also: Sequence[Sink], readiness: object, part: Opened, numbers: SweepNumbers
) -> Iterator[Opened]:
    def maps() -> Iterator[DepthUpdate]:
        for sweep_id in (7, 9):
            if options.replay == "odd":
                raise ZeroDivisionError("nobody thought of it")
            update = update_of(sweep_id)
            for sink in also:
                sink.write(update)
            yield update

    assert readiness == "an engine"
    yield Opened(maps=maps())


def player() -> RangePlayer:
    make = MakeRangePlayer(
        options=Options(), get_ready=lambda _: "an engine", open_part=open_part, open_maps=open_maps
    )
    return make()


def test_its_result_has_every_sweep_by_its_number() -> None:
    span = Span(begins=Place(), ends=None, sweep_ids=(7, 8, 9))
    result = player().play(WorkRange(number=3, source="a", first_sweep=20, span=span))
    assert [(each.number, each.sweep_id, each.unit) for each in result.sweeps] == [(20, 7, "1"), (22, 9, "1")]
    assert (result.error, result.work.number, bool(result.node)) == ("", 3, True)


def test_what_goes_wrong_is_in_the_result(caplog: pytest.LogCaptureFixture) -> None:
    held = player()
    assert held.play(WorkRange(number=0, source="absent")).error == "absent is not there"
    odd = held.play(WorkRange(number=1, source="odd"))
    assert odd.error == "an error that nobody expected: ZeroDivisionError: nobody thought of it"
    assert "odd: an error that nobody expected" in caplog.text
    assert held.play(WorkRange(number=2, source="a")).error == ""


def test_it_leaves_the_logging_of_its_program_as_it_is() -> None:
    root = logging.getLogger()
    before = [(handler, list(handler.filters), handler.level) for handler in root.handlers]
    player().play(WorkRange(number=0, source="a"))
    assert [(handler, list(handler.filters), handler.level) for handler in root.handlers] == before
