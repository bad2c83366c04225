"""On a fresh machine nothing is compiled yet: all of it is, before the first exposure of a live camera."""

from pathlib import Path

import pytest

import focstream


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("waveform", ["triangle", "sawtooth"])  # these wait for nobody
def test_no_slice_of_the_first_sweep_is_lost_to_graphs_that_are_built(
    waveform: str,
    compiled_cache: Path,
) -> None:
    pytest.importorskip("openvino", reason='needs OpenVINO: pip install "focstream[openvino]"')
    simulated, sweep = {"width_px": 64, "height_px": 48}, {"waveform": waveform}
    options = {"engine": "openvino", "precision": "f32", "threads": 1, "sweeps": 1}
    with focstream.open_depth(camera="sim", sim=simulated, sweep=sweep, **options) as maps:
        first, *_, last = maps
    built = [path.stat().st_mtime_ns for path in compiled_cache.rglob("*.plan")]
    assert len(built) >= 5  # the parts, and what is made of them
    assert max(built) < first.tag.exposure_mid_ns
    assert first.tag.sweep_id == 0  # none went by unseen: building takes longer than a sweep
    assert last.final
