"""Depth at the centre, and how old it is, in five lines. Needs pyzmq and numpy, not focstream.

python subscribe.py [ENDPOINT] [COUNT]
"""

import json
import sys
import time

import numpy as np
import zmq

endpoint = sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5556"
left = int(sys.argv[2]) if len(sys.argv) > 2 else -1

sub = zmq.Context.instance().socket(zmq.SUB)
sub.set(zmq.CONFLATE, 1)  # before connect: keep only the newest map
sub.set(zmq.HEARTBEAT_IVL, 1000)  # connect again when the publisher is silent for 3 s: no power, no network
sub.set(zmq.HEARTBEAT_TIMEOUT, 3000)
sub.set(zmq.CONNECT_TIMEOUT, 3000)
sub.set(zmq.SUBSCRIBE, b"depth ")
sub.connect(endpoint)
while left:
    if not sub.poll(10_000):
        sys.exit(f"nothing from {endpoint}: is the publisher running? With CURVE it refuses silently.")
    raw = sub.recv()
    cut = raw.index(b"\n")
    meta = json.loads(raw[6:cut])
    if time.time_ns() - meta["sent_ns"] > 100_000_000:
        continue  # left in a buffer while this reader was held up
    depth = np.frombuffer(raw, meta["dtype"], offset=cut + 1).reshape(meta["shape"])
    age_ms = (time.time_ns() - meta["stamp_ns"]) / 1e6
    h, w = meta["shape"]
    print(
        f"sweep {meta['sweep']}: {depth[h // 2, w // 2]:.3f} {meta['unit']}, {age_ms:.0f} ms old", flush=True
    )
    left -= 1
sub.close()
zmq.Context.instance().term()
