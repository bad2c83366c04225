from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from calibration.apply.confidence import Confidence
from focstream.types import InputError
from publish.saved.save_newest import SaveNewest
from publish.saved.sweep_saver import SweepSaver
from tests.publish.updates import an_update


def test_the_newest_finished_sweep_is_saved_as_all_sweeps_are(tmp_path: Path) -> None:
    update = an_update(sweep_id=7)
    keeper = SaveNewest(tmp_path / "one", cloud=Confidence())
    with pytest.raises(InputError, match="no sweep is finished yet"):
        keeper.change("")
    assert list(tmp_path.iterdir()) == []
    keeper.write(update)
    keeper.write(replace(an_update(sweep_id=8), final=False))
    assert keeper.state.note == "sweep 7 is finished"
    keeper.change("")
    keeper.change("")
    assert keeper.state.value == str(tmp_path / "one" / "sweep_001")
    with SweepSaver(tmp_path / "all") as saver:
        saver.write(update)
    names = sorted(path.name for path in (tmp_path / "all" / "sweep_000").iterdir())
    assert sorted(path.name for path in (tmp_path / "one" / "sweep_000").iterdir()) == names
    for folder in ("one", "all"):
        depth = np.load(tmp_path / folder / "sweep_000" / "depth.npy")
        np.testing.assert_array_equal(depth, update.depth())
    keeper.close()


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    keeper = SaveNewest(tmp_path / "file" / "below", cloud=None)
    keeper.write(an_update())
    with pytest.raises(InputError, match="cannot save sweeps to"):
        keeper.change("")
    assert keeper.state.value == ""
