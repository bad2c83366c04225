"""Measurements that the documentation quotes; each is a command: python -m benchmarks.NAME."""

import importlib.util
import sys

if importlib.util.find_spec("psutil") is None:
    sys.exit("benchmarks measure with what the tests use, too: pip install -e '.[dev]'")
