import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from engines.listing import _PACKAGES
from focstream.errors import DeviceNotFoundError, InputError
from focstream.program.extras import install_hint, need_extra

ROOT = Path(__file__).parents[3]
EXTRAS: dict[str, list[str]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
    "optional-dependencies"
]
SOLD_AS = {
    "prometheus_client": "prometheus-client",
    "rerun": "rerun-sdk",
    "serial": "pyserial",
    "tomli_w": "tomli-w",
}
"""Packages whose modules are called otherwise."""


def packages_of(extra: str) -> set[str]:
    return {re.split(r"[<>=;\[ ]", requirement)[0] for requirement in EXTRAS[extra]}


def calls_in_the_sources(name: str) -> Iterator[ast.Call]:
    for folder in ("capture", "calibration", "engines", "focstream", "inference", "publish", "training"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == name:
                    yield node


def test_an_installed_package_is_no_error() -> None:
    need_extra("json", extra="web", what="--web")


def test_a_missing_package_is_one_line_that_names_the_extra() -> None:
    with pytest.raises(InputError, match=r'^--web needs the package no_such; pip install "focstream\[web\]"'):
        need_extra("no_such.part", extra="web", what="--web")


def test_a_package_that_does_not_load_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "half_installed.py").write_text("raise OSError('libfoo.so.1: cannot open')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(
        DeviceNotFoundError, match=r"needs the package half_installed, which does not load \(libfoo.so.1: "
    ):
        need_extra("half_installed", extra="genicam", what="it", error=DeviceNotFoundError)
    assert "half_installed" not in sys.modules


def test_every_message_names_an_extra_that_brings_the_package() -> None:
    named = 0
    for call in calls_in_the_sources("need_extra"):
        (module,) = call.args
        extra = next(ast.literal_eval(word.value) for word in call.keywords if word.arg == "extra")
        modules = [ast.literal_eval(module)] if isinstance(module, ast.Constant) else []
        for name in (one.partition(".")[0] for one in modules):
            assert SOLD_AS.get(name, name) in packages_of(extra), ast.unparse(call)
            named += 1
        assert extra in EXTRAS
    assert named > 8


def test_every_hint_names_an_extra_that_there_is() -> None:
    hints = [call.args[0] for call in calls_in_the_sources("install_hint")]
    assert {ast.literal_eval(hint) for hint in hints if isinstance(hint, ast.Constant)} <= set(EXTRAS)
    assert hints


def test_the_list_of_engines_names_the_extras_that_bring_them() -> None:
    for package, extra in _PACKAGES.items():
        if extra:
            assert package in packages_of(extra)


def test_no_message_writes_the_command_by_itself() -> None:
    by_hand = [
        str(path.relative_to(ROOT))
        for folder in ("capture", "calibration", "engines", "inference", "publish", "training")
        for path in (ROOT / folder).rglob("*.py")
        if "pip install" in path.read_text() and "focstream[" in path.read_text()
    ]
    assert by_hand == []


def test_the_hint_can_be_pasted_into_any_shell() -> None:
    assert install_hint("web") == 'pip install "focstream[web]"'
