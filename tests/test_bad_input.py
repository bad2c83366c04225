"""Every option that takes a file: what is no such file is one clear line and exit code 2, at once."""

import logging
import os
from collections.abc import Callable
from pathlib import Path

import pytest

import run_pipeline
from calibration import __main__ as calibration
from capture import __main__ as capture
from engines import __main__ as engines
from publish import __main__ as publish
from training import __main__ as training

Program = Callable[[list[str]], int]
SIM = (
    "--camera",
    "sim",
    "--sim.width-px",
    "32",
    "--sim.height-px",
    "32",
    "--publish.no-enabled",
    "--sweeps",
    "1",
)
PUBLISHED = (
    "--sweeps",
    "1",
    "--publish.depth",
    "tcp://127.0.0.1:*",
    "--publish.sigma",
    "None",
    "--publish.aif",
    "None",
)
FILES: dict[str, tuple[Program, tuple[str, ...]]] = {
    "run --replay FILE": (run_pipeline.main, ("--replay", "{}.mcap", "--publish.no-enabled")),
    "run --replay FILM": (run_pipeline.main, ("--replay", "{}.mp4", "--publish.no-enabled")),
    "run --replay LIST": (run_pipeline.main, ("--replay", "{}.txt", "--publish.no-enabled")),
    "run --config": (run_pipeline.main, ("--config", "{}")),
    "run --profile": (run_pipeline.main, (*SIM, "--profile", "{}")),
    "run --intrinsics": (run_pipeline.main, (*SIM, "--intrinsics", "{}")),
    "run --weights": (run_pipeline.main, (*SIM, "--engine", "torch", "--weights", "{}.safetensors")),
    "run --weights checkpoint": (run_pipeline.main, (*SIM, "--engine", "torch", "--weights", "{}.pt")),
    "run --curve-secret-file": (
        run_pipeline.main,
        (*SIM[:6], *PUBLISHED, "--publish.curve-secret-file", "{}"),
    ),
    "capture info": (capture.main, ("info", "{}.mcap")),
    "capture recover": (capture.main, ("recover", "{}.mcap")),
    "capture export": (capture.main, ("export", "{}.mcap", "--out", "{}.out")),
    "capture import": (capture.main, ("import", "{}", "--out", "{}.new")),
    "capture import phone": (capture.main, ("import", "{}", "--kind", "phone", "--out", "{}.new")),
    "capture import ddff": (capture.main, ("import", "{}", "--kind", "ddff", "--out", "{}.new")),
    "capture record": (capture.main, ("record", *SIM[:6], "--record", "{}.new", "--config", "{}")),
    "calibrate show": (calibration.main, ("show", "--profile", "{}")),
    "engines build": (
        engines.main,
        ("build", "--engine", "onnxruntime", "--size", "64x64", "--graphs", "{}"),
    ),
    "engines export": (engines.main, ("export", "--weights", "{}.safetensors", "--out", "{}.new")),
    "publish compare": (publish.main, ("compare", "{}", "{}", "--out", "{}.new")),
    "training curve": (training.main, ("curve", "--run", "{}", "--out", "{}.png")),
    "training evaluate": (training.main, ("evaluate", "--validation", "{}")),
    "training dinov2": (training.main, ("dinov2", "{}.onnx", "--out", "{}.new")),
}


def garbage(path: Path) -> None:
    path.write_bytes(b"\x00\xffgarbage\n" * 20)


def giant(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**36)


KINDS: dict[str, Callable[[Path], None]] = {
    "absent": lambda _: None,
    "empty": Path.touch,
    "garbage": garbage,
    "folder": Path.mkdir,
    "pipe": os.mkfifo,
    "sparse giant": giant,
}


@pytest.mark.skipif("sys.platform == 'win32'", reason="Windows has no pipes with a path")
@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("option", "kind"),
    # An empty file of options is one: nothing is asked for.
    [
        (option, kind)
        for option in FILES
        for kind in KINDS
        if kind != "empty" or FILES[option][1][-1] != "{}" or ("--config" not in FILES[option][1])
    ],
)
def test_what_is_no_such_file_is_one_clear_line(
    tmp_path: Path, option: str, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    main, argv = FILES[option]
    path = tmp_path / "given"
    named = next(
        word for word in argv if word.startswith("{}") and not word.endswith((".out", ".new", ".png"))
    )
    KINDS[kind](Path(named.format(path)))
    with caplog.at_level(logging.ERROR):
        code = main([word.format(path) for word in argv])
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert code == 2, errors
    assert len(errors) == 1
    assert errors[0].exc_info is None
    assert "given" in errors[0].getMessage()
    assert "\n" not in errors[0].getMessage()
