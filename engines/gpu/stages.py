"""The stages in their order: cheap and most informative first."""

from collections.abc import Callable
from dataclasses import dataclass

from engines.gpu.findings import Findings, StageWork

Work = Callable[[StageWork], Findings]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage.

    Attributes
    ----------
    name
        As of ``--only``.
    about
        What it proves, in a few words.
    limit_s
        Seconds after which it is ended, whatever is left of the budget.
    load
        Imports what does the work; only in the stage's own process.
    """

    name: str
    about: str
    limit_s: float
    load: Callable[[], Work]


def _probe() -> Work:
    from engines.gpu.probe import probe

    return probe


def _memory() -> Work:
    from engines.gpu.memory import memory

    return memory


def _order() -> Work:
    from engines.gpu.order import order

    return order


def _build() -> Work:
    from engines.gpu.plans import plans

    return plans


def _equality() -> Work:
    from engines.gpu.equality import equality

    return equality


def _speed() -> Work:
    from engines.gpu.speed import speed

    return speed


def _live() -> Work:
    from engines.gpu.live import live

    return live


def _tests() -> Work:
    from engines.gpu.suite import suite

    return suite


STAGES = (
    Stage(
        name="probe",
        about="GPU, driver, packages; copies and products at their best",
        limit_s=60,
        load=_probe,
    ),
    Stage(
        name="memory", about="memory and streams through pycuda and cuda-bindings", limit_s=90, load=_memory
    ),
    Stage(
        name="order", about="the TensorRT runner's order of work, computed by torch", limit_s=120, load=_order
    ),
    Stage(name="build", about="TensorRT's plans", limit_s=300, load=_build),
    Stage(
        name="equality", about="every engine against torch f32, over 1000 slices", limit_s=240, load=_equality
    ),
    Stage(name="speed", about="every engine, in turns", limit_s=240, load=_speed),
    Stage(name="tests", about="pytest -m gpu", limit_s=240, load=_tests),
    Stage(name="live", about="slices at 120 a second", limit_s=240, load=_live),
)
"""Limits are about three times what each should take on a data-centre GPU; the last fills what is left."""
