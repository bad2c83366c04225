#!/bin/sh
# opencv-python-headless 5.0.0.93 reads a TIFF of 16 bits with separate colour planes wrongly, without a word:
# the first plane is taken for interleaved pixels. 8 bits are right, and so is tifffile.
#
# Seen with opencv-python-headless 5.0.0.93, tifffile 2026.3.3, numpy 2.4.6 on Linux x86-64:
#
#   8 bit, separate planes: right
#   16 bit, separate planes: wrong, no error
#   16 bit, first pixel blue-green-red (514, 257, 0), written (12336, 6168, 0)
#
# Ends with 1 when that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q opencv-python-headless==5.0.0.93 tifffile==2026.3.3 numpy==2.4.6
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys

import cv2
import numpy as np
import tifffile

path = f"{sys.argv[1]}/a.tif"
right = {}
for dtype, step in ((np.uint8, 3), (np.uint16, 257)):
    planes = (np.arange(3 * 4 * 6) * step).astype(dtype).reshape(3, 4, 6)
    tifffile.imwrite(path, planes, photometric="rgb", planarconfig="separate")
    written = np.moveaxis(planes, 0, -1)
    assert np.array_equal(tifffile.imread(path), planes)
    read = cv2.imread(path, cv2.IMREAD_UNCHANGED)
    bits = 8 * np.dtype(dtype).itemsize
    right[bits] = np.array_equal(read, written[..., ::-1])
    print(f"{bits} bit, separate planes:", "right" if right[bits] else "wrong, no error")
first, expected = tuple(map(int, read[0, 0])), tuple(map(int, written[0, 0, ::-1]))
print(f"16 bit, first pixel blue-green-red {first}, written {expected}")
sys.exit(0 if right == {8: True, 16: False} else "this has changed")
PYTHON
