#!/bin/sh
# Pillow 13.0.0 writes a multi-picture file (MPO) of four pictures whose directory is wrong from the third on: its
# size is counted from the second picture's size instead of its end, and later pictures are not where they should
# be. Pillow cannot read the fourth again.
#
# Seen with pillow 13.0.0 on Linux x86-64:
#
#   pictures in the file begin at [0, 815, 1491, 2168]
#   the directory says            [0, 815, 1491, 2983]
#   picture 3: No data found for frame
#
# Ends with 1 when that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pillow==13.0.0
"$folder/venv/bin/python" - <<'PYTHON'
import io
import sys

from PIL import Image

images = [Image.new("RGB", (64, 48), (60 * number, 40, 200)) for number in range(4)]
buffer = io.BytesIO()
images[0].save(buffer, "MPO", save_all=True, append_images=images[1:])
data = buffer.getvalue()
there = [at for at in range(len(data)) if data.startswith(b"\xff\xd8\xff", at)]
file = Image.open(io.BytesIO(data))
base = data.index(b"MPF\0") + 4
said = [entry["DataOffset"] + base * (number > 0) for number, entry in enumerate(file.mpinfo[0xB002])]
print("pictures in the file begin at", there)
print("the directory says           ", said)
try:
    file.seek(3)
    file.load()
    fault = ""
except ValueError as error:
    fault = str(error)
print("picture 3:", fault or "read")
sys.exit(0 if fault and there[:3] == said[:3] and there[3] != said[3] else "this has changed")
PYTHON
