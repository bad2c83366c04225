import io
import sys

import pytest

from calibration.measure.live.stage import HandStage
from capture.simulator.config import SimulatorConfig
from capture.simulator.rig import open_simulator
from focstream.types import InputError


def test_where_nobody_can_answer_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    camera, lens, *_ = open_simulator(SimulatorConfig(width_px=64, height_px=48))
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with (
        pytest.raises(InputError, match="run it in a terminal"),
        HandStage(camera, lens) as stage,
        stage.wall(None),
    ):
        pass
