"""The Python blocks of the front page run as they are printed."""

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL)


def _block_with(name: str) -> str:
    (block,) = (block for block in BLOCKS if name in block)
    return block


@pytest.mark.slow
def test_depth_in_six_lines_runs_as_printed() -> None:
    block = _block_with("open_depth")
    ran = subprocess.run(
        [sys.executable, "-c", block], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )
    assert ran.returncode == 0, ran.stderr
    printed = [line.split() for line in ran.stdout.splitlines()]
    assert [final for _, final in printed].count("True") == 3
    nearest_m, farthest_m = 1 / 4.5, 1 / 0.5  # limits of the simulated scene
    assert all(nearest_m / 2 < float(metres) < farthest_m * 2 for metres, final in printed if final == "True")


def test_reading_a_stream_uses_names_that_exist() -> None:
    block = ast.parse(_block_with("DepthStream"))
    (imported,) = (node for node in block.body if isinstance(node, ast.ImportFrom))
    module = importlib.import_module(str(imported.module))
    assert [alias.name for alias in imported.names] == ["DepthStream"]
    stream = module.DepthStream
    depth = importlib.import_module("publish.wire.frame").WireMap
    called = {node.func.attr for node in ast.walk(block) if _is_method(node) if isinstance(node, ast.Call)}
    assert hasattr(stream, "__enter__")
    assert hasattr(stream, "__iter__")
    assert called, "the block calls nothing of a map"
    assert [name for name in called if not hasattr(depth, name)] == []


def _is_method(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
