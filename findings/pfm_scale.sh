#!/bin/sh
# Two readers of PFM disagree about the scale in its third line: opencv-python-headless 5.0.0.93 divides every value by
# its magnitude, Pillow 12.0.0 leaves the values as they are. Data sets write whatever number there (a disparity map
# with -0.003922, a 255th, means its values as they stand), so OpenCV makes disparities 255 times too large of it.
# Both write 1 or -1 themselves: what either has written, both read alike.
#
# Seen with opencv-python-headless 5.0.0.93, Pillow 12.0.0, numpy 2.4.6 on Linux x86-64:
#
#   scale -1: OpenCV 40, Pillow 40
#   scale -0.003922: OpenCV 10198.9, Pillow 40
#   scale 2: OpenCV 20, Pillow 40
#
# Ends with 1 when that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q opencv-python-headless==5.0.0.93 pillow==12.0.0 numpy==2.4.6
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys

import cv2
import numpy as np
from PIL import Image

path = f"{sys.argv[1]}/disparity.pfm"
disparity_px = np.full((2, 3), 40.0)
seen = []
for scale in ("-1", "-0.003922", "2"):
    order = "<" if scale.startswith("-") else ">"
    with open(path, "wb") as file:
        file.write(f"Pf\n3 2\n{scale}\n".encode() + disparity_px.astype(f"{order}f4").tobytes())
    opencv = float(cv2.imread(path, cv2.IMREAD_UNCHANGED)[0, 0])
    with Image.open(path) as image:
        pillow = float(np.asarray(image)[0, 0])
    print(f"scale {scale}: OpenCV {opencv:.6g}, Pillow {pillow:.6g}")
    seen.append((round(opencv), round(pillow)))
sys.exit(0 if seen == [(40, 40), (10199, 40), (20, 40)] else "this has changed")
PYTHON
