"""A program that plays ranges without end on a Ray of its own; its argument is a folder."""

import itertools
import os
import sys
from pathlib import Path

from focstream.cluster.ray_executor import RayExecutor
from focstream.cluster.work import WorkRange
from focstream.program import signals
from tests.focstream.cluster.stand_in import Made


def main() -> None:
    ranges = (WorkRange(number=number, source="slow") for number in itertools.count())
    with signals.Unwinding(), RayExecutor(Made(Path(sys.argv[1])), workers=2) as executor:
        for _ in executor.results(ranges):
            os.write(1, b"played\n")


if __name__ == "__main__":
    signals.begin("playing")
    try:
        main()
    except KeyboardInterrupt:
        signals.leave()
