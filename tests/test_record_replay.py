"""Record and replay, run as users run it."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run(*arguments: object) -> str:
    command = [sys.executable, str(ROOT / "run_pipeline.py"), *map(str, arguments)]
    done = subprocess.run(
        [*command, "--publish.no-enabled", "--model", "sharpness"],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def digests(told: str) -> list[tuple[str, str]]:
    return re.findall(r"sweep (\d+): .*digest ([0-9a-f]{16})", told)


def test_a_replay_gives_the_live_depth_of_the_simulated_camera(tmp_path: Path) -> None:
    small = ("--sim.width-px", 96, "--sim.height-px", 64, "--sweeps", 3)
    live = digests(run("--camera", "sim", *small, "--record", tmp_path / "a.mcap", "--record.depth"))
    assert len({digest for _, digest in live}) == 3
    replay = ("--replay", tmp_path / "a.mcap", "--as-live")  # the machine of a test may be too slow for live
    again = run(*replay)
    assert digests(again) == live
    assert "latency" not in again
    second = live[1][0]
    assert digests(run(*replay, "--from-sweep", second, "--sweeps", 1)) == live[1:2]
