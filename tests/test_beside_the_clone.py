"""A script beside a clone called focstream gets the package, not the folder."""

import subprocess
import sys
from pathlib import Path


def test_a_folder_called_focstream_does_not_hide_the_package(tmp_path: Path) -> None:
    (tmp_path / "focstream" / "docs").mkdir(parents=True)
    script = tmp_path / "mine.py"
    script.write_text("from focstream import DepthStream\nprint(DepthStream.__name__)\n")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("DepthStream\n", 0), done.stderr
