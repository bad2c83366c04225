from dataclasses import dataclass
from math import inf
from pathlib import Path

import pytest
from pydantic import Field

from engines.trials.bench import BenchSettings
from focstream.frozen_model import FrozenModel
from focstream.program.numbers import Count, Positive, Share
from focstream.program.sane_values import check_settings
from focstream.program.settings import load_settings
from focstream.types import InputError
from run_pipeline import Options, open_depth
from training.data.render_settings import RenderSettings
from training.learning.train import TrainSettings


@dataclass(frozen=True, kw_only=True)
class Inner:
    share: Share = 0.5


@dataclass(frozen=True, kw_only=True)
class Settings:
    count: Count = 1
    some: tuple[Count, ...] = ()
    maybe: Count | None = None
    minutes: Positive = inf
    plain: float = 0.0
    big: int = 0
    out: Path = Path("a")
    inner: Inner = Inner()


def test_sane_values_pass() -> None:
    check_settings(Settings())
    check_settings(Settings(count=5, some=(1, 2), maybe=3, minutes=2.5, plain=-1.0, out=Path("ä b")))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"count": 0}, "--count: .*greater than or equal to 1, got 0"),
        ({"count": 10**30}, "--count: "),
        ({"some": (1, 0)}, "--some: .*greater"),
        ({"maybe": 0}, "--maybe: .*greater"),
        ({"minutes": -1.0}, "--minutes: .*greater than 0"),
        ({"minutes": float("nan")}, "--minutes: "),
        ({"plain": float("nan")}, "--plain: not a number"),
        ({"plain": inf}, "--plain: must be finite"),
        ({"big": 10**30}, "--big: no number beyond"),
        ({"out": Path("a\nb")}, r"--out: 'a\\nb' holds a control character"),
        ({"out": Path("a\0b")}, r"--out: 'a\\x00b' holds a control character"),
        ({"out": Path("a\udcffb")}, "--out: .*not UTF-8"),
        ({"inner": Inner(share=1.5)}, "share: .*less than or equal to 1"),
    ],
)
def test_others_are_one_clear_line(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        check_settings(Settings(**changes))
    assert "\n" not in str(caught.value)


class Model(FrozenModel):
    number: float = Field(default=0.0)


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1e999"])
def test_a_number_that_is_none_is_refused_on_the_command_line(text: str) -> None:
    with pytest.raises(InputError, match=r"--number: .*finite"):
        load_settings(Model, ["--number", text], prog="test")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--sim.far-dpt", "nan"], "finite"),
        (["--sim.frame-rate-hz", "1e-300"], "greater than or equal to 0.01"),
        (["--sim.f-number", "1e-9"], "greater than or equal to 0.1"),
        (["--sim.width-px", "1000000"], "4096"),
        (["--sim.lens-damping", "1e9"], "20"),
        (["--sim.read-noise-e", "1e300"], "1000000000"),
        (["--sweep.slots", "100000000"], "10000"),
        (["--sweep.rate-hz", "1e-300"], "0.001"),
        (["--rate", "1e-300"], "takes 0"),
        (["--threads", "-5"], "greater than or equal to 0"),
        (["--focus.gain", "0"], "gain 0 does not focus"),
        (["--sweeps", "1" + "0" * 30], "1000000000"),
        (["--replay", "a\nb"], "control character"),
    ],
)
def test_options_of_the_pipeline_have_bounds(argv: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        load_settings(Options, argv, prog="test")
    assert argv[0] in str(caught.value)


@pytest.mark.parametrize(
    ("model", "argv", "option"),
    [
        (BenchSettings, ["--slices", "0"], "--slices"),
        (BenchSettings, ["--threads", "-1"], "--threads"),
        (RenderSettings, ["--data", "a", "--out", "b", "--anyhow", "nan"], "--anyhow"),
        (RenderSettings, ["--data", "a", "--out", "b", "--workers", "100000"], "--workers"),
        (TrainSettings, ["--run", "a", "--stacks", "b", "--validation", "c", "--ema", "2"], "--ema"),
        (TrainSettings, ["--run", "a", "--stacks", "b", "--validation", "c", "--clip", "inf"], "--clip"),
    ],
)
def test_options_of_other_commands_have_bounds(model: type, argv: list[str], option: str) -> None:
    with pytest.raises(InputError, match=option):
        load_settings(model, argv, prog="test", prefixed=False)


def test_an_option_within_options_is_named_whole() -> None:
    with pytest.raises(InputError, match=r"^--inner\.share: "):
        check_settings(Settings(inner=Inner(share=2.0)))


def test_open_depth_refuses_them_too() -> None:
    with pytest.raises(InputError, match="finite"), open_depth(camera="sim", sim={"far_dpt": float("nan")}):
        pass
    with pytest.raises(InputError, match="control character"), open_depth(replay=Path("a\0b")):
        pass


def test_a_scene_that_would_not_fit_in_memory_is_refused_before_it_is_drawn() -> None:
    sim = {"focal_length_m": 1.0, "f_number": 0.5, "pixel_pitch_m": 1e-6}
    with (
        pytest.raises(InputError, match=r"would blur over .* px and take .*--sim\.f-number|f_number"),
        open_depth(camera="sim", sim=sim, sweeps=1),
    ):
        pass
