from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field

from focstream.program.settings import load_settings
from focstream.types import InputError


class Sweep(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    slots: int = Field(default=8, ge=2)


class Options(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    config: Path | None = None
    camera: tuple[()] | str | None = None
    rate: float = 0.0
    sweep: Sweep = Sweep()


def load(*argv: str) -> Options:
    return load_settings(Options, argv, prog="test")


def test_flags_over_the_file_over_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text('camera = "sim"\nrate = 2.0\n[sweep]\nslots = 5\n')
    assert load() == Options()
    assert load("--config", str(file)) == Options(config=file, camera="sim", rate=2.0, sweep=Sweep(slots=5))
    assert load(f"--config={file}", "--sweep.slots", "7").sweep.slots == 7
    assert load("--config", str(file), "--camera", "uvc:0").camera == "uvc:0"


def test_bare_camera() -> None:
    assert load("--camera").camera == ()
    assert load("--camera", "--rate", "1").camera == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cameras = 1", "cameras: unknown key"),
        ("[sweep]\nslot = 5", "sweep.slot: unknown key"),
        ("[sweep]\nslots = 1", "sweep.slots: .*greater than or equal to 2"),
        ("rate = 'fast'", "rate: .*number"),
        ("camera = 3", "camera: Input should be a valid string$"),
        ("rate = ", "not valid TOML"),
    ],
)
def test_a_bad_file_is_one_line_that_names_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        load("--config", str(file))
    assert "\n" not in str(caught.value)
    assert str(file) in str(caught.value)


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load("--config", str(tmp_path / "none.toml"))
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not valid TOML"):
        load("--config", str(tmp_path / "b.toml"))


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--sweep.slot", "3"], "--sweep.slots"),  # tells what was probably meant
        (["--rate", "fast"], "--rate"),
        (["--sweep.slots", "1"], "greater than or equal to 2"),
        (["--config"], "--config"),
        (["--sweep.slots", "1"], "^(?!.*(https|type=|validation error))"),  # no jargon
    ],
)
def test_a_bad_option_is_one_line(argv: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        load(*argv)
    assert "\n" not in str(caught.value)
    assert "│" not in str(caught.value)


def test_help_ends_with_code_0(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        load("--help")
    assert caught.value.code == 0
    assert "--sweep.slots" in capsys.readouterr().out
