"""Run all tests, in a few processes, and end with what was skipped: ``python -m tests.parts`` (`make test`).

In one process, a signal some time after the engines' native libraries ran could end in a crash: what runs
them in the process of the tests belongs to the part of the engines. Ray leaves threads behind, beside which
other tests would start programs.
"""

import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.outcome import closing_lines

ROOT = Path(__file__).parents[1]
APART = ("tests/engines", "tests/training", "tests/focstream/cluster")
PARTS = {
    "the rest": [word for folder in APART for word in ("--ignore", folder)],
    **{folder: [folder] for folder in APART},
}


def run_parts(parts: Mapping[str, Sequence[str]], *, root: Path = ROOT) -> int:
    """Give every part's words to pytest, whatever became of those before; 0 if all passed."""
    with tempfile.TemporaryDirectory() as folder:
        reports = {name: Path(folder) / f"{number}.xml" for number, name in enumerate(parts)}
        pytest = [sys.executable, "-m", "pytest"]
        codes = [
            subprocess.run([*pytest, f"--junitxml={reports[name]}", *words], cwd=root, check=False).returncode
            for name, words in parts.items()
        ]
        sys.stdout.write("\n".join(closing_lines(reports, codes)) + "\n")
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(run_parts(PARTS))
