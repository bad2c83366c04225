"""The command, run as users run it."""

import csv
import json
import re
import signal
import socket
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

ROOT = Path(__file__).parents[1]
STACKS = ROOT.parent / "shared" / "data" / "stacks"
SMALL = ("--sim.width-px", "96", "--sim.height-px", "64")
SILENT = ("--publish.no-enabled",)
PATIENCE_S = 60


CLASSICAL = ("--model", "sharpness")
"""Starts in a second; for tests of everything but the model."""


def run(*arguments: object, model: tuple[str, ...] = CLASSICAL) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "run_pipeline.py"), *map(str, arguments), *model]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)


def make_stack(folder: Path, *, count: int = 5) -> Path:
    """A flat textured wall, sharpest in the middle image."""
    folder.mkdir()
    texture = np.random.default_rng(0).integers(0, 255, (48, 64), np.uint8)
    for index in range(count):
        blur = 0.1 + abs(index - count // 2)
        cv2.imwrite(str(folder / f"{index}.png"), cv2.GaussianBlur(texture, (0, 0), blur))
    return folder


def test_simulated_sweeps_are_saved_with_their_error(tmp_path: Path) -> None:
    done = run("--camera", "sim", "--sweeps", 2, "--save", tmp_path / "out", *SMALL, *SILENT)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("error against truth") == 2
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["sweep_000", "sweep_001"]
    record = json.loads((tmp_path / "out/sweep_001/sweep.json").read_text())
    assert (record["unit"], record["calibrated"], record["complete"]) == ("m", "calibrated", True)
    assert (tmp_path / "out/sweep_000/truth.png").exists()


def test_the_network_is_the_default(tmp_path: Path) -> None:
    done = run("--camera", "sim", "--sweeps", 1, "--save", tmp_path / "out", *SMALL, *SILENT, model=())
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "out/sweep_000/sweep.json").read_text())
    assert record["model"] == "small"
    assert record["valid_fraction"] == 1.0


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        (("--fill",), "--model sharpness"),
        (("--weights", "absent.safetensors"), "absent.safetensors"),
        (("--model", "sharpness", "--engine", "torch"), "leave out --engine"),
    ],
)
def test_models_that_cannot_be_opened_are_one_line(choices: tuple[str, ...], message: str) -> None:
    done = run("--camera", "sim", *choices, *SILENT, model=())
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert message in done.stderr


def test_a_folder_without_focus_is_not_metric(tmp_path: Path) -> None:
    stack = make_stack(tmp_path / "stack")
    done = run("--replay", stack, "--save", tmp_path / "out", *SILENT)
    assert done.returncode == 0, done.stderr
    assert "not metric" in done.stderr
    depth = np.load(tmp_path / "out/sweep_000/depth.npy")
    assert np.nanmedian(depth) == pytest.approx(0.5, abs=0.05)
    assert not (tmp_path / "out/sweep_000/depth_mm.png").exists()


def test_a_folder_with_focus_is_metric(tmp_path: Path) -> None:
    stack = make_stack(tmp_path / "stack")
    (stack / "focus_distance.txt").write_text("1.0\n0.8\n0.5\n0.4\n0.3\n")
    done = run("--replay", stack, "--save", tmp_path / "out", *SILENT)
    assert done.returncode == 0, done.stderr
    assert np.nanmedian(np.load(tmp_path / "out/sweep_000/depth.npy")) == pytest.approx(0.5, rel=0.1)


def test_intrinsics_make_a_point_cloud(tmp_path: Path) -> None:
    stack = make_stack(tmp_path / "stack")
    (stack / "focus_distance.txt").write_text("1.0\n0.8\n0.5\n0.4\n0.3\n")
    (tmp_path / "k.toml").write_text(
        "width_px = 64\nheight_px = 48\nfx_px = 60\nfy_px = 60\ncx_px = 31.5\ncy_px = 23.5\n"
    )
    done = run("--replay", stack, "--save", tmp_path / "out", "--intrinsics", tmp_path / "k.toml", *SILENT)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out/sweep_000/cloud.ply").read_bytes().startswith(b"ply\n")


def bad_images(stack: Path) -> None:
    (stack / "2.png").write_bytes((stack / "2.png").read_bytes()[:100])


def other_size(stack: Path) -> None:
    cv2.imwrite(str(stack / "2.png"), np.zeros((49, 64), np.uint8))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (bad_images, "2.png is cut short"),
        (other_size, "2.png is 64×49"),
        (lambda stack: (stack / "1.png").write_text("not a picture"), "1.png is not a PNG"),
        (lambda stack: (stack / "focus_distance.txt").write_text("1\n2\n"), "2 distances for 5 images"),
        (lambda stack: (stack / "focus_distance.txt").write_text("1\n2\n0\n4\n5\n"), "line 3"),
        (lambda stack: (stack / "focus_distance.txt").write_text("1\n2\n3\nnan\n5\n"), "line 4"),
        (lambda stack: [path.unlink() for path in stack.glob("*")], "holds no images"),
        (lambda stack: [path.unlink() for path in stack.glob("[1-9]*")], "holds only 0.png"),
    ],
)
def test_bad_folders_are_one_line_and_harm_nothing(tmp_path: Path, spoil, message: str) -> None:
    stack = make_stack(tmp_path / "stack")
    kept = tmp_path / "out" / "sweep_000"
    kept.mkdir(parents=True)
    (kept / "depth.npy").write_bytes(b"precious")
    spoil(stack)
    done = run("--replay", stack, "--save", tmp_path / "out", *SILENT)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["sweep_000"]
    assert (kept / "depth.npy").read_bytes() == b"precious"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 2, "--camera sim or --replay"),
        (("--replay", "no/such/folder"), 2, "no/such/folder does not exist"),
        (("--camera", "sim", "--bogus"), 2, "--bogus"),
        (("--camera", "sim", "--sweeps", "0"), 2, "sweeps"),
        (("--config", "none.toml"), 2, "none.toml: cannot be read"),
        (("--camera", "genicam:none", "--lens", "sim"), 3, "genicam:none"),
        (("--camera", "uvc:77", "--lens", "sim"), 3, "video77"),
    ],
)
def test_what_cannot_be_done_is_one_line(arguments: tuple[str, ...], code: int, message: str) -> None:
    done = run(*arguments, *SILENT)
    assert (done.returncode, len(done.stderr.splitlines())) == (code, 1), done.stderr
    assert message in done.stderr


def test_a_taken_port(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        endpoint = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        done = run("--replay", make_stack(tmp_path / "stack"), "--publish.depth", endpoint)
    about_the_stack, _about_its_motion, error = done.stderr.splitlines()
    assert (done.returncode, "5 images, 0.png … 4.png" in about_the_stack) == (2, True), done.stderr
    assert endpoint in error


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_the_sweep_in_hand(tmp_path: Path, number: signal.Signals) -> None:
    command = [
        sys.executable,
        str(ROOT / "run_pipeline.py"),
        "--camera",
        "sim",
        "--save",
        str(tmp_path / "out"),
    ]
    slow = ("--sweep.slots", "200")  # a sweep lasts for seconds
    with subprocess.Popen(
        [*command, *SMALL, *SILENT, *slow, *CLASSICAL], stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "maps/s" in line:  # it runs
                break
        process.send_signal(number)
        process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    record = json.loads((tmp_path / "out/sweep_000/sweep.json").read_text())
    assert record["complete"] is False
    assert 1 < record["slices_seen"] < 200
    assert not list((tmp_path / "out").glob(".*"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "sweep",
    [
        ("--sweep.waveform", "staircase"),
        ("--sweep.waveform", "triangle"),
        ("--sweep.waveform", "sawtooth"),
        ("--sim.timing", "hardware", "--lens", "optotune-icc-pro:sim"),
    ],
    ids=lambda sweep: sweep[-1],
)
def test_on_a_slow_computer_every_sweep_is_whole(tmp_path: Path, sweep: tuple[str, ...]) -> None:
    slow = ("--slices-s-at-most", 4, "--sweep.slots", 6, "--sweeps", 2)
    done = run("--camera", "sim", *sweep, *slow, "--save", tmp_path / "out", *SMALL, *SILENT)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count(": 6 of 6 slices |") == 2
    losses = re.findall(r"\| lost (\d+) \|", done.stderr)
    assert len(losses) > 1
    assert set(losses) == {"0"}
    assert re.search(r"this computer takes [\d.]+ slices/s at 96 × 64: sweeps of 6 slots", done.stderr)
    record = json.loads((tmp_path / "out/sweep_001/sweep.json").read_text())
    assert (record["slices_seen"], record["slots"], record["complete"]) == (6, 6, True)


def test_what_is_measured_in_regions_is_logged_and_saved(tmp_path: Path) -> None:
    regions = ("--roi", "left=0,0,30,48", "right=60,4,30,40")
    out = ("--log", tmp_path / "depth.csv", "--save", tmp_path / "out")
    done = run(
        "--camera", "sim", "--sweeps", 2, "--sweep.slots", 6, *regions, *out, *SMALL, *SILENT, *CLASSICAL
    )
    assert done.returncode == 0, done.stderr
    with (tmp_path / "depth.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["sweep"], row["region"]) for row in rows] == [
        (number, name) for number in ("0", "1") for name in ("left", "right")
    ]
    record = json.loads((tmp_path / "out/sweep_001/sweep.json").read_text())
    left, _ = record["regions"]
    depth = np.load(tmp_path / "out/sweep_001/depth.npy")[0:48, 0:30]
    sigma = np.load(tmp_path / "out/sweep_001/sigma.npy")[0:48, 0:30]
    sure = sigma / depth**2 <= 0.05 * (1 / record["near_limit"] - 1 / record["far_limit"])
    assert left["median"] == pytest.approx(np.median(depth[sure]), rel=1e-2)
    assert left["sure_share"] == pytest.approx(np.mean(sure), abs=1e-3)
    assert float(rows[2]["median"]) == left["median"]
    assert f"sweep 1, left: {left['median']:.4g} m, σ" in done.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--roi", "a=90,0,7,9"), "--roi a=90,0,7,9: reaches to x 97, y 9, but the picture has 96 × 64 px"),
        (("--log", "none.csv"), "--log is about regions: give --roi NAME=x,y,w,h too, or --web-control"),
    ],
)
def test_regions_that_cannot_be_measured(options: tuple[str, ...], words: str) -> None:
    done = run("--camera", "sim", "--sweeps", 1, *options, *SMALL, *SILENT, *CLASSICAL)
    assert done.returncode == 2
    assert words in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_help_and_version() -> None:
    shown = run("--help")
    assert shown.returncode == 0
    assert "--sweep.slots" in shown.stdout
    assert "--sim.lens-damping" not in shown.stdout
    assert "130 interrupted" in shown.stdout
    every = run("--help-all")
    assert every.returncode == 0
    assert "--sim.lens-damping" in every.stdout
    version = run("--version")
    assert (version.returncode, version.stdout.split()[0]) == (0, "focstream")


def test_a_reader_of_the_help_may_leave_early() -> None:
    help_command = [sys.executable, str(ROOT / "run_pipeline.py"), "--help"]
    with subprocess.Popen(help_command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.data
@pytest.mark.parametrize("name", ["dslr_table21", "pcb_macro10", "pixel6_a"])
def test_real_stacks(tmp_path: Path, name: str) -> None:
    if not STACKS.exists():
        pytest.skip("needs the research data beside the checkout")
    done = run("--replay", STACKS / name, "--save", tmp_path / "out", "--fill", *SILENT)
    assert done.returncode == 0, done.stderr
    depth = np.load(tmp_path / "out/sweep_000/depth.npy")
    assert np.isfinite(depth).mean() > 0.9
    assert ("not metric" in done.stderr) == (name != "pixel6_a")


def test_a_reader_gets_live_depth_in_metres() -> None:
    from publish.wire.depth_stream import DepthStream

    with socket.socket() as finder:
        finder.bind(("127.0.0.1", 0))
        endpoint = f"tcp://127.0.0.1:{finder.getsockname()[1]}"
    command = [sys.executable, str(ROOT / "run_pipeline.py"), "--camera", "sim", "--publish.depth", endpoint]
    quiet = ("--publish.sigma", "None", "--publish.aif", "None")
    with subprocess.Popen([*command, *SMALL, *quiet, *CLASSICAL], stderr=subprocess.DEVNULL) as process:
        try:
            with DepthStream(endpoint, timeout_s=PATIENCE_S) as stream:
                maps = [stream.read() for _ in range(25)]
        finally:
            process.terminate()
    assert all(before.header.seq < after.header.seq for before, after in pairwise(maps))
    assert any(m.header.final for m in maps)
    assert 0.22 < np.nanmedian(maps[-1].metres()) < 2.0
    assert maps[-1].values.shape == (64, 96)
    assert process.wait(timeout=PATIENCE_S) == 130
    assert time.time_ns() > maps[-1].header.sent_ns


def test_a_genicam_camera_without_a_real_lens_gives_no_metres() -> None:
    genicam = pytest.importorskip("genicam", reason="needs genicam: pip install genicam")
    viky = Path(genicam.__file__).parent / "viky.cti"
    if not viky.exists():
        pytest.skip("needs viky.cti: a genicam wheel that has it, such as genicam==1.6.0")
    assert run("--list-cameras", "--cti", viky).stdout.startswith("genicam:")
    done = run("--camera", "--cti", viky, "--lens", "sim", "--sweeps", 1, *SILENT)
    assert done.returncode == 0, done.stderr
    assert "not metric" in done.stderr
    no_lens = run("--camera", "--cti", viky, *SILENT)
    assert no_lens.returncode == 3
    assert "has no focus of its own" in no_lens.stderr
    assert "--lens sim" in no_lens.stderr


def test_a_bad_stack_is_an_error_before_anything_is_announced_or_made(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    made = ("--record", tmp_path / "a.mcap", "--save", tmp_path / "out", "--view-save", tmp_path / "a.rrd")
    done = run("--replay", tmp_path / "empty", *made, "--metrics", 0)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "holds no images" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]


def test_a_microscope_stack_is_saved_as_heights(tmp_path: Path) -> None:
    folder = make_stack(tmp_path / "images")
    pages = np.stack([cv2.imread(str(folder / f"{number}.png"), cv2.IMREAD_GRAYSCALE) for number in range(5)])
    metadata = {"axes": "ZYX", "spacing": 1.5, "unit": "um"}
    tifffile.imwrite(tmp_path / "a.tif", pages, imagej=True, metadata=metadata)
    done = run("--replay", tmp_path / "a.tif", "--save", tmp_path / "out", *SILENT)
    assert done.returncode == 0, done.stderr
    assert "heights in µm by ImageJ's spacing, 1.5 µm a slice, approximate" in done.stderr
    record = json.loads((tmp_path / "out/sweep_000/sweep.json").read_text())
    assert (record["unit"], record["near_limit"], record["far_limit"]) == ("um", 6.0, 0.0)
    height_um = np.load(tmp_path / "out/sweep_000/depth.npy")
    assert np.nanmedian(height_um) == pytest.approx(3.0, abs=0.3)  # the wall is sharpest in the middle


def test_one_file_gives_the_digest_of_the_folder(tmp_path: Path) -> None:
    folder = make_stack(tmp_path / "images")
    pages = np.stack([cv2.imread(str(folder / f"{number}.png"), cv2.IMREAD_GRAYSCALE) for number in range(5)])
    tifffile.imwrite(tmp_path / "a.ome.tif", pages, ome=True, metadata={"axes": "ZYX"}, compression="zlib")
    digests = []
    for path in (folder, tmp_path / "a.ome.tif"):
        done = run("--replay", path, *SILENT)
        assert done.returncode == 0, done.stderr
        digests += re.findall("digest ([0-9a-f]{16})", done.stderr)
    assert len(digests) == 2
    assert len(set(digests)) == 1
