"""The network through `open_depth`: its engine runs in this process, as all of this part do."""

from pathlib import Path

import pytest

from tests.test_open_depth import assert_replay_is_as_the_command


def test_a_replay_gives_the_depth_of_the_command(tmp_path: Path) -> None:
    pytest.importorskip("openvino", reason='needs OpenVINO: pip install "focstream[openvino]"')
    assert_replay_is_as_the_command(tmp_path, model="small")
