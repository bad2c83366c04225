"""A long run, of seconds."""

import sys

import pytest

from benchmarks.soak.__main__ import main
from benchmarks.soak.run import Settings
from tests.capture.built import built

pytest.importorskip("harvesters", reason="needs harvesters: pip install 'focstream[genicam]'")


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: the simulated GenICam camera")
def test_a_short_run_reports_every_loss(tmp_path, capsys):
    cti = built("producer", variable="PRODUCER", name="focussim.cti")
    settings = Settings(
        minutes=0.5,
        width_px=96,
        height_px=64,
        period_s=4.0,
        fault_s=2.0,
        warm_up_s=1.0,
        window_s=8.0,
        cti=cti,
    )
    assert main(settings) == 0
    printed = capsys.readouterr().out
    for row in (
        "| resident memory, MB |",
        "| slow reader | 1 |",
        "| lost camera | 1 |",
        "| full queue | 1 |",
    ):
        assert row in printed
    assert "every file is whole; tracebacks: 0; exit code 130" in " ".join(
        printed.replace("\n", "; ").split()
    )
