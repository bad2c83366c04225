#!/usr/bin/env bash
# rerun-sdk 0.41.0: its MCAP importer takes every ROS 2 image of one channel for depth, also mono8 and mono16,
# which ROS defines as intensities (sensor_msgs/image_encodings.hpp). Pictures of a grey camera are shown in
# false colours, and beside a CameraInfo as point clouds. bgr8 comes as a picture.
#
# Seen: /mono8 DepthImage, /mono16 DepthImage, /bgr8 Image, /32FC1 DepthImage
# Fails when that has changed. Needs bash, Python 3.11 to 3.13 and a package index.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet rerun-sdk==0.41.0 mcap==1.6.0 mcap-ros2-support==0.6.0
cd "$work"
cat > make.py <<'PY'
from mcap_ros2.writer import Writer

HEADER = "=" * 80 + "\nMSG: std_msgs/Header\nbuiltin_interfaces/Time stamp\nstring frame_id\n"
TIME = "=" * 80 + "\nMSG: builtin_interfaces/Time\nint32 sec\nuint32 nanosec\n"
IMAGE = (
    "std_msgs/Header header\nuint32 height\nuint32 width\nstring encoding\nuint8 is_bigendian\nuint32 step\n"
    "uint8[] data\n" + HEADER + TIME
)
with open("a.mcap", "wb") as file:
    writer = Writer(file)
    schema = writer.register_msgdef("sensor_msgs/msg/Image", IMAGE)
    for encoding, size in {"mono8": 1, "mono16": 2, "bgr8": 3, "32FC1": 4}.items():
        image = {
            "header": {"stamp": {"sec": 1, "nanosec": 0}, "frame_id": "camera"},
            "height": 2, "width": 3, "encoding": encoding, "is_bigendian": 0, "step": 3 * size,
            "data": bytes(2 * 3 * size),
        }
        writer.write_message(topic=f"/{encoding}", schema=schema, message=image, log_time=1, publish_time=1)
    writer.finish()
PY
cat > see.py <<'PY'
from rerun.chunk import RrdReader

found = {}
for chunk in RrdReader("a.rrd").stream().to_chunks():
    for name in chunk.to_record_batch().schema.names:
        if name.endswith("Image:format"):
            found[chunk.entity_path] = name.partition(":")[0]
print(", ".join(f"{topic} {found[topic]}" for topic in ("/mono8", "/mono16", "/bgr8", "/32FC1")))
PY
"$work/venv/bin/python" make.py
"$work/venv/bin/python" -m rerun mcap convert a.mcap -o a.rrd >/dev/null 2>&1
seen=$("$work/venv/bin/python" see.py)
expected="/mono8 DepthImage, /mono16 DepthImage, /bgr8 Image, /32FC1 DepthImage"
echo "seen:     $seen"
if [ "$seen" != "$expected" ]; then
    echo "expected: $expected"
    exit 1
fi
