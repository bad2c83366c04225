#!/usr/bin/env bash
# Ray 2.60.0: a driver that asks for silence (log_to_driver=False, configure_logging=False) still has Ray's text on its
# standard output when a worker dies; ray.init() has replaced its handler of SIGTERM by one of its own; and workers run
# at a niceness of 15, so that whatever else the computer does comes first (RAY_worker_niceness=0 ends that).
#
# Seen: standard output has "(raylet) A worker died"; SIGTERM has Ray's handler; workers are at niceness 15
# Fails when that has changed. Needs bash, Linux, Python 3.11 to 3.13 and a package index.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet ray==2.60.0
cd "$work"
cat > see.py <<'PY'
import os
import signal
import sys
import time

import ray


def ours(number, frame):
    """Handle SIGTERM."""


signal.signal(signal.SIGTERM, ours)
ray.init(address="local", num_cpus=1, include_dashboard=False, log_to_driver=False, configure_logging=False)
print("handler is ours:", signal.getsignal(signal.SIGTERM) is ours, file=sys.stderr)


@ray.remote(max_restarts=0)
class Dies:
    def niceness(self):
        return os.nice(0)

    def now(self):
        os._exit(1)


dies = Dies.remote()
print("niceness:", ray.get(dies.niceness.remote()) - os.nice(0), file=sys.stderr)
try:
    ray.get(dies.now.remote())
except ray.exceptions.RayActorError:
    time.sleep(5)  # the text comes a little later
PY
"$work/venv/bin/python" see.py > out.txt 2> err.txt
grep -q "handler is ours: False" err.txt
grep -q "niceness: 15" err.txt
grep -q "(raylet).*A worker died" <(sed 's/\x1b\[[0-9;]*m//g' out.txt)
echo 'standard output has "(raylet) A worker died"; SIGTERM has the handler of Ray; workers are at 15'
