#!/usr/bin/env bash
# rosbags 0.11.9: of an MCAP file with a chunk index but without message indexes, which the format leaves to the
# writer, AnyReader announces the right number of messages and yields none, without an error or a warning.
#
# Seen: with message index: 5 announced, 5 read; without: 5 announced, 0 read; by mcap's own reader: 5
# Fails when that has changed. Needs bash, Python 3.11 to 3.13 and a package index.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet rosbags==0.11.9 mcap==1.6.0
cd "$work"
cat > see.py <<'PY'
from pathlib import Path

from mcap.reader import make_reader
from mcap.writer import IndexType, Writer
from rosbags.highlevel import AnyReader


def write(name: str, index: IndexType) -> Path:
    with open(name, "wb") as file:
        writer = Writer(file, index_types=index)
        writer.start(profile="ros2", library="")
        schema = writer.register_schema("std_msgs/msg/UInt8", "ros2msg", b"uint8 data\n")
        channel = writer.register_channel("/number", "cdr", schema)
        for number in range(5):
            data = b"\x00\x01\x00\x00" + bytes([number])
            writer.add_message(channel, log_time=number, publish_time=number, data=data)
        writer.finish()
    return Path(name)


def read(path: Path) -> str:
    with AnyReader([path]) as reader:
        return f"{reader.message_count} announced, {sum(1 for _ in reader.messages())} read"


whole, bare = write("a.mcap", IndexType.ALL), write("b.mcap", IndexType.ALL & ~IndexType.MESSAGE)
with bare.open("rb") as file:
    own = sum(1 for _ in make_reader(file).iter_messages())
print(f"with message index: {read(whole)}; without: {read(bare)}; by mcap's own reader: {own}")
PY
seen=$("$work/venv/bin/python" see.py)
expected="with message index: 5 announced, 5 read; without: 5 announced, 0 read; by mcap's own reader: 5"
echo "seen:     $seen"
if [ "$seen" != "$expected" ]; then
    echo "expected: $expected"
    exit 1
fi
