from pathlib import Path

import pytest

pytest.importorskip("rerun", reason='needs rerun-sdk: pip install "focstream[view]"')
from tests.full_disk import assert_one_clear_line, run_with_room

SIM = (
    *("--camera", "sim", "--sim.width-px", "64", "--sim.height-px", "48", "--sweep.slots", "4"),
    *("--model", "sharpness", "--publish.no-enabled"),
)


@pytest.mark.skipif("sys.platform == 'win32'", reason="needs limits of the system, as Linux and macOS have")
def test_a_full_disk_under_view_save_is_told_and_ends_with_2(tmp_path: Path) -> None:
    file = tmp_path / "a.rrd"
    done = run_with_room(100_000, "run_pipeline.py", *SIM, "--sweeps", "6", "--view-save", str(file))
    assert_one_clear_line(done, str(file), "File too large", "not whole")
    assert "saved" not in done.stderr
    assert "sweep 5" in done.stderr  # the measurement went on
