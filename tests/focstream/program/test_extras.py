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


def test_a_package_is_called_as_it_is_installed() -> None:
    with pytest.raises(InputError, match="needs the package py-no-such; pip"):
        need_extra("no_such", extra="web", what="--web", package="py-no-such")


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
        words = {word.arg: word.value for word in call.keywords}
        assert ast.literal_eval(words["extra"]) in EXTRAS
        package = words.get("package", call.args[0])
        if isinstance(package, ast.Constant):  # elsewhere a loop over a few
            name = str(package.value).partition(".")[0]
            assert name in packages_of(ast.literal_eval(words["extra"])), ast.unparse(call)
            named += 1
    assert named > 8


def test_every_hint_names_an_extra_that_there_is() -> None:
    hints = [call.args[0] for call in calls_in_the_sources("install_hint") if call.args]
    assert {ast.literal_eval(hint) for hint in hints if isinstance(hint, ast.Constant)} <= set(EXTRAS)
    assert hints


def test_the_list_of_engines_names_the_extras_that_bring_them() -> None:
    for package, extra in _PACKAGES.items():
        if extra:
            assert package in packages_of(extra)


def test_no_message_writes_the_command_by_itself() -> None:
    by_hand = [
        str(path.relative_to(ROOT))
        for folder in ("focstream", "capture", "calibration", "engines", "inference", "publish", "training")
        for path in (ROOT / folder).rglob("*.py")
        if "pip install" in path.read_text(encoding="utf-8")
    ]
    assert by_hand == ["focstream/program/extras.py"]


def test_the_hint_can_be_pasted_into_any_shell() -> None:
    assert install_hint("web") == 'pip install "focstream[web]"'
