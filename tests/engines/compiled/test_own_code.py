"""What other code compiled is not used again."""

import ast
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from engines.compiled.own_code import code_digest, made_by

ROOT = Path(__file__).parents[3]
MAKERS = {
    "openvino": ("engines.openvino.runner", "engines.openvino.compiled_part"),
    "tensorrt": ("engines.tensorrt.plans", "engines.tensorrt.fused_graph", "engines.tensorrt.border_graph"),
}
"""What builds the graphs of an engine."""
READ_ONLY = (
    "focstream.",
    "engines.compiled.",
    "engines.base",
    "engines.errors",
    "engines.image_size",
    "engines.int8.table",
    "engines.precisions",
    "engines.processor",
    "engines.weights_header",
    "engines.weights_info",
    "inference.depth_model",
)
"""Modules that makers import for types, messages, or what is in the key of a graph by itself."""


@pytest.mark.parametrize("room", MAKERS)
def test_the_digest_is_of_every_file_that_makes_graphs(tmp_path: Path, room: str) -> None:
    for folder in ("engines", "inference/network"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("weights", "__pyc*"))
    before = code_digest(room, tmp_path)
    assert before == code_digest(room)
    for module in sorted(set(imported(*MAKERS[room]))):
        if module.startswith(READ_ONLY):
            continue
        path = file_of(module, tmp_path)
        text = path.read_text(encoding="utf-8")
        path.write_text(text + "# changed\n", encoding="utf-8")
        assert code_digest(room, tmp_path) != before, module
        path.write_text(text, encoding="utf-8")
    assert code_digest(room, tmp_path) == before


def test_engines_do_not_share_a_digest() -> None:
    assert code_digest("openvino") != code_digest("tensorrt")


def test_the_version_is_of_the_package_and_the_code() -> None:
    assert made_by("11.4.0.106", "tensorrt") == f"11.4.0.106, graphs by {code_digest('tensorrt')}"


def imported(*modules: str) -> Iterator[str]:
    """Yield our own modules that some import, and those that these import, and themselves."""
    found: set[str] = set()
    left = list(modules)
    while left:
        module = left.pop()
        if module in found or not file_of(module, ROOT).is_file():
            continue
        found.add(module)
        yield module
        if not module.startswith(READ_ONLY):
            left += _imports(file_of(module, ROOT))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (node.module, *(f"{node.module}.{name.name}" for name in node.names))
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def file_of(module: str, root: Path) -> Path:
    return root.joinpath(*module.split(".")).with_suffix(".py")
