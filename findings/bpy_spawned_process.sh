#!/usr/bin/env bash
# bpy 5.3.0: a process that has imported bpy cannot give work in Blender to processes that it spawns. The import puts
# bpy/5.3/scripts/modules first in sys.path; multiprocessing hands sys.path on, and there is another package `bpy` in
# that folder, without the compiled part. Import bpy in the spawned processes alone, or restore sys.path.
#
# Seen: alone: imports; after the parent's import: No module named '_bpy'
# Fails when that has changed. Needs bash, Python 3.13 and a package index.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.13}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet bpy==5.3.0
cd "$work"
cat > see.py <<'PY'
import multiprocessing
from concurrent.futures import ProcessPoolExecutor


def child():
    try:
        import bpy
    except ImportError as error:
        return str(error)
    return "imports" if bpy.app.version >= (5, 3, 0) else "other"


def spawned():
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(child).result()


if __name__ == "__main__":
    alone = spawned()
    import bpy  # noqa: F401

    print(f"alone: {alone}; after the parent's import: {spawned()}")
PY
seen=$("$work/venv/bin/python" see.py 2>/dev/null | tail -1)
expected="alone: imports; after the parent's import: No module named '_bpy'"
echo "seen:     $seen"
if [ "$seen" != "$expected" ]; then
    echo "expected: $expected"
    exit 1
fi
