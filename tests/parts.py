"""Run all tests, in a few processes, and end with what was skipped: ``python -m tests.parts`` (`make test`).

In one process, a signal some time after the engines' native libraries ran could end in a crash: what runs
them in the process of the tests belongs to the part of the engines. Ray leaves threads behind, beside which
other tests would start programs. After shipping, which runs NNCF, OpenVINO and torch in one process, training
in it ended in a crash.

Most tests wait for simulated devices. Those that compute run behind them, where the processor is free, and
are printed when they are done. A few that fail are tried once more on their own (`tests.second_try`).
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.outcome import closing_lines
from tests.second_try import Part, second_try

ROOT = Path(__file__).parents[1]
SHIPPING = "tests/training/learning/test_ship_whole.py"
BEHIND = ("tests/engines", "tests/training", SHIPPING)
APART = ("tests/focstream/cluster", *BEHIND)
PARTS = {
    "the rest": [word for folder in APART for word in ("--ignore", folder)],
    **{folder: [folder] for folder in APART},
    "tests/training": ["tests/training", "--ignore", SHIPPING],
}


def run_parts(parts: Mapping[str, Sequence[str]], *, behind: Iterable[str] = (), root: Path = ROOT) -> int:
    """Give every part's words to pytest, whatever became of those before; 0 if all passed in the end.

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
        caches = {name: Path(folder) / f"{number}.cache" for number, name in enumerate(parts)}
        words = {
            name: [f"--junitxml={reports[name]}", "-o", f"cache_dir={caches[name]}", *parts[name]]
            for name in parts
        }
        later = {name: apart.submit(_run_behind, words[name], root) for name in parts if name in behind}
        codes = {name: _run(words[name], root) for name in parts if name not in behind}
        codes |= {name: future.result() for name, future in later.items()}
        over = {name: Part(words=parts[name], cache=caches[name], code=codes[name]) for name in parts}
        ended, passed = second_try(over, root=root)
        lines = closing_lines(reports, [codes[name] for name in parts])
        if passed:
            lines += ["Failed beside others, passed on their own:", *(f"  {test}" for test in passed)]
        sys.stdout.write("\n".join(lines) + "\n")
    return int(any(ended.values()))


def _run(words: Sequence[str], root: Path) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *words], cwd=root, check=False).returncode


def _run_behind(words: Sequence[str], root: Path) -> int:
    """Run it with a lower priority; what it prints comes in one piece.

    A native library may end the process by a signal, now and then: then it is run once more, from the start.
    """
    lower = ["nice", "-n", "10"] if os.name == "posix" else []
    for attempt in ("first", "second"):
        done = subprocess.run(
            [*lower, sys.executable, "-m", "pytest", *words],
            cwd=root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        sys.stdout.write(done.stdout)
        if done.returncode >= 0:
            break
        sys.stdout.write(
            f"\nENDED BY SIGNAL {-done.returncode} in the {attempt} attempt: {' '.join(words)}\n"
        )
        sys.stdout.flush()
    sys.stdout.flush()
    return done.returncode


if __name__ == "__main__":
    sys.exit(run_parts(PARTS, behind=BEHIND))
