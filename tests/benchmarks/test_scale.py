import json
import re

import pytest

from benchmarks.scale import Settings, main


@pytest.mark.alone  # OpenVINO
def test_both_models_are_tabled_at_every_scale(tmp_path, capsys):
    report = tmp_path / "scale.json"
    main(Settings(scenes=1, slices=4, width_px=96, height_px=64, warm_up=1, report=report))
    rows = json.loads(report.read_text())["rows"]
    ways = [(name, scale) for name in ("small", "tiny", "sharpness") for scale in (1.0, 0.5, 0.25)]
    assert [(row["model"], row["scale"]) for row in rows] == ways
    assert all(row["n"] == 3 for row in rows)
    assert all(0.0 < row["median_error"] <= 0.5 and row["slices_s"] > 0.0 for row in rows)
    printed = capsys.readouterr().out
    assert len(re.findall(r"^\| (?:small|tiny|sharpness), .*\| 3 \|$", printed, re.MULTILINE)) == 9
