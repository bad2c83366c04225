"""Options that have no effect where they are given are named; all others are not."""

from typing import Any

import pytest

from capture.config import CaptureConfig
from capture.recording.config import RecordConfig
from capture.unused_options import unused_options


def unused(record: dict[str, Any] | None = None, *, records_later: bool = False, **options: Any) -> list[str]:
    config = CaptureConfig.model_validate(options)
    return unused_options(config, RecordConfig.model_validate(record or {}), records_later=records_later)


@pytest.mark.parametrize(
    "source",
    [{"replay": "a.mcap"}, {"camera": "sim"}, {"camera": "uvc:0", "lens": "sim"}, {"camera": "genicam"}],
)
def test_as_by_default_nothing_is_in_vain(source: dict[str, Any]) -> None:
    assert unused(**source) == []


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"replay": "a.mcap", "lens": "sim", "sweep": {"slots": 8}}, ["--lens", "--sweep.slots"]),
        ({"replay": "a.mcap", "sim": {"seed": 3}, "uvc": {"fps": 30.0}}, ["--uvc.fps", "--sim.seed"]),
        ({"camera": "sim", "genicam": {"gain": 2.0}, "sim": {"seed": 3}}, ["--genicam.gain"]),
        ({"camera": "sim", "sim": {"lens_fault_after_s": 9.0}}, ["--sim.lens-fault-after-s"]),
        ({"camera": "sim", "sweep": {"planner": "gain", "slots": 8}}, ["--sweep.planner"]),
        ({"camera": "sim", "sweep": {"rate_hz": 30.0}}, ["--sweep.rate-hz"]),
        ({"camera": "sim", "sweep": {"waveform": "triangle", "rate_hz": 30.0}}, []),
        ({"camera": "sim", "sweep": {"waveform": "active", "good_enough": 0.02}}, []),
        ({"camera": "sim", "sweep": {"waveform": "active", "whole_every": 5}}, ["--sweep.whole-every"]),
        (
            {"camera": "sim", "sweep": {"waveform": "active", "planner": "track", "whole_every": 5}},
            [],
        ),
        ({"camera": "uvc:0", "lens": "optotune-icc", "sim": {"seed": 3}}, ["--sim.seed"]),
        ({"camera": "uvc:0", "lens": "sim", "sim": {"lens_delay_s": 0.1}}, []),
        ({"camera": "genicam", "focus": {"settle_s": 0.1}}, ["--focus.settle-s"]),
        ({"camera": "genicam", "lens": "optotune-icc", "focus": {"settle_s": 0.1}}, []),
        (
            {"camera": "genicam", "lens": "optotune-icc", "genicam": {"focus_settle_s": 0.1}},
            ["--genicam.focus-settle-s"],
        ),
        ({"camera": "genicam", "genicam": {"trigger_source": "Line2"}}, ["--genicam.trigger-source"]),
        ({"camera": "genicam", "genicam": {"trigger_source": "Line2", "timing": "hardware"}}, []),
    ],
)
def test_what_has_no_effect_is_named(options: dict[str, Any], named: list[str]) -> None:
    assert unused(**options) == named


def test_options_of_recordings_are_for_those_that_are_made() -> None:
    note = {"note": "of mine", "compression": "lz4"}
    assert unused(note, camera="sim") == ["--record.compression", "--record.note"]
    assert unused(note, camera="sim", records_later=True) == []
    assert unused({"file": "a.mcap", **note}, camera="sim") == []
