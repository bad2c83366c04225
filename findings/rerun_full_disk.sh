#!/usr/bin/env bash
# rerun-sdk 0.41.0: when the disk of a FileSink is full, Python is not told: log() goes on, flush() can only time
# out, and disconnect() waits for ever, as does the end of the program. Standard error has a line of Rust's log.
#
# Seen: log() said nothing; disconnect() did not return within 10 s
# Fails when that has changed. Needs bash, Linux, Python 3.11 to 3.13 and a package index.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet rerun-sdk==0.41.0 numpy
cd "$work"
cat > see.py <<'PY'
import os
import resource
import threading

import numpy as np
import rerun as rr

resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))  # as a full disk: a write fails
stream = rr.RecordingStream("a")
stream.set_sinks(rr.FileSink("a.rrd"))
for number in range(10):
    stream.set_time("number", sequence=number)
    stream.log("image", rr.Image(np.random.randint(0, 255, (200, 300, 3), np.uint8)))
ending = threading.Thread(target=stream.disconnect, daemon=True)
ending.start()
ending.join(10)
how = "did not return within 10 s" if ending.is_alive() else "returned"
print(f"log() said nothing; disconnect() {how}", flush=True)
os._exit(0)  # the end of the program waits, too
PY
seen=$("$work/venv/bin/python" see.py 2>/dev/null)
expected="log() said nothing; disconnect() did not return within 10 s"
echo "seen:     $seen"
if [ "$seen" != "$expected" ]; then
    echo "expected: $expected"
    exit 1
fi
