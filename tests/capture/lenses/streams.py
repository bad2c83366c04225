"""Random bytes as a serial line would deliver them."""

import io
import random
from collections.abc import Iterator

STREAMS = 10_000


def random_streams(
    alphabet: bytes = bytes(range(256)), *, seed: int, beginning: bytes = b""
) -> Iterator[io.BytesIO]:
    """Ten thousand streams, half of them from a few bytes only, so that frames nearly come about."""
    source = random.Random(seed)
    for number in range(STREAMS):
        letters = alphabet if number % 2 else bytes(range(256))
        data = bytes(source.choice(letters) for _ in range(source.randrange(40)))
        yield io.BytesIO((beginning if number % 3 else b"") + data)
