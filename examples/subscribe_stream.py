"""The same with everything checked and typed: sizes, units, versions.

python subscribe_stream.py [ENDPOINT] [COUNT]
"""

import sys
from itertools import islice

from focstream import DepthStream, FocstreamError

endpoint = sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5556"
count = int(sys.argv[2]) if len(sys.argv) > 2 else None

try:
    with DepthStream(endpoint, timeout_s=10.0, on_bad="skip") as stream:
        run_id = None
        for depth in islice(stream, count):
            head = depth.header
            if run_id not in (None, head.run_id):
                print("the publisher was started anew: its numbers begin again", file=sys.stderr)
            run_id = head.run_id
            h, w = depth.values.shape
            value = depth.values[h // 2, w // 2]
            print(
                f"sweep {head.sweep}: {value:.3f} {head.unit}, {depth.age_s() * 1e3:.0f} ms old", flush=True
            )
except FocstreamError as error:
    sys.exit(str(error))
