"""Files of users are read in one place: what reads without a limit is named here, with its reason."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
PACKAGES = ("focstream", "calibration", "capture", "engines", "inference", "publish", "training")
READS = re.compile(
    r"\.read_bytes\(|\.read_text\(|\bcv2\.im(?:read|write)\(|\bnp\.(?:load|fromfile)\(|\btorch\.load\(|\btomllib\.load|"
    r"\.open\(\"rb\"|\bsafe_open\("
)
OTHERWISE = {
    "focstream/files/array_file.py": "is that place",
    "focstream/program/toml_file.py": "is that place",
    "engines/torch_file.py": "is that place",
    "focstream/cluster/ray_link.py": "what our own process wrote",
    "focstream/program/device.py": "/proc",
    "engines/processor.py": "/proc",
    "engines/trials/bench.py": "/proc",
    "capture/uvc/device.py": "/sys",
    "engines/compiled/own_code.py": "our own code",
    "engines/tensorrt/driver.py": "/proc",
    "engines/gpu/child.py": "what our own process wrote",
    "publish/look/web/server.py": "the page of the package",
}


def test_nothing_else_reads_a_file_without_a_limit() -> None:
    found = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if READS.search(path.read_text(encoding="utf-8"))
    }
    assert found == set(OTHERWISE)
