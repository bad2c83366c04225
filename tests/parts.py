"""Run all tests, in a few processes, and end with what was skipped: ``python -m tests.parts`` (`make test`).

In one process, a signal some time after the engines' native libraries ran could end in a crash: what runs
them in the process of the tests belongs to the part of the engines. Ray leaves threads behind, beside which
other tests would start programs.

Most tests wait for simulated devices. Those that compute run behind them, where the processor is free, and
are printed when they are done.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.outcome import closing_lines

ROOT = Path(__file__).parents[1]
BEHIND = ("tests/engines", "tests/training")
APART = ("tests/focstream/cluster", *BEHIND)
PARTS = {
    "the rest": [word for folder in APART for word in ("--ignore", folder)],
    **{folder: [folder] for folder in APART},
}


def run_parts(parts: Mapping[str, Sequence[str]], *, behind: Iterable[str] = (), root: Path = ROOT) -> int:
    """Give every part's words to pytest, whatever became of those before; 0 if all passed.

    Parameters
    ----------
    parts
        Words for pytest, by the name of the part.
    behind
        Names of those that run one by one behind the others, which come first wherever both want to compute.
    root
        Folder to run in.
    """
    behind = set(behind)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as apart:
        reports = {name: Path(folder) / f"{number}.xml" for number, name in enumerate(parts)}
        words = {
            name: [sys.executable, "-m", "pytest", f"--junitxml={reports[name]}", *parts[name]]
            for name in parts
        }
        later = {name: apart.submit(_run_behind, words[name], root) for name in parts if name in behind}
        codes = {
            name: subprocess.run(words[name], cwd=root, check=False).returncode
            for name in parts
            if name not in behind
        }
        codes |= {name: future.result() for name, future in later.items()}
        sys.stdout.write("\n".join(closing_lines(reports, [codes[name] for name in parts])) + "\n")
    return int(any(codes.values()))


def _run_behind(words: Sequence[str], root: Path) -> int:
    """Run it with a lower priority; what it prints comes in one piece."""
    lower = ["nice", "-n", "10"] if os.name == "posix" else []
    done = subprocess.run(
        [*lower, *words], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    sys.stdout.write(done.stdout)
    sys.stdout.flush()
    return done.returncode


if __name__ == "__main__":
    sys.exit(run_parts(PARTS, behind=BEHIND))
