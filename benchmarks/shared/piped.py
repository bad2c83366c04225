"""Output that somebody reads through a pipe."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def piped() -> Iterator[None]:
    """End without a traceback when the reader has seen enough, as in ``| head``."""
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except BrokenPipeError:  # what is left must go somewhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
