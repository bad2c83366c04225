"""The documentation names only what is there: files, anchors, commands and options."""

import contextlib
import functools
import importlib.util
import io
import itertools
import re
import runpy
import shlex
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = {".py", ".c", ".h", ".toml", ".js", ".mjs", ".cpp", ".html", ".pyi"}
PACKAGES = ("capture", "calibration", "engines", "publish", "training")
CONSOLE = {"record": "capture record", "calibrate": "calibration", "train": "training train"}
"""Commands of ``focstream`` that have another name than what they lead to."""
LONGEST_LINE, MOST_FILES = 120, 20

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_CODE_SPAN = re.compile(r"`([^`\n]+)`")
_OPTION = re.compile(r"--[a-z][a-z0-9._-]*")
_DOCS_PATH = re.compile(r"\bdocs/[\w/-]+\.(?:md|jpg|png)\b")
_HEADING = re.compile(r"^#+\s+(.*?)\s*$")


def _tracked(suffixes: set[str]) -> Iterator[Path]:
    """Files of the tree, without those of tools (.venv, node_modules, …)."""
    for entry in sorted(ROOT.iterdir()):
        if entry.is_file() and entry.suffix in suffixes:
            yield entry
        elif entry.is_dir() and not entry.name.startswith(".") and not entry.is_symlink():
            yield from (
                path
                for path in sorted(entry.rglob("*"))
                if path.suffix in suffixes and "node_modules" not in path.parts and path.is_file()
            )


PAGES = list(_tracked({".md"}))
PAGE_NAMES = [str(path.relative_to(ROOT)) for path in PAGES]


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _split(page: str) -> tuple[list[str], list[str]]:
    """Lines of text, and lines of code blocks."""
    text: list[str] = []
    code: list[str] = []
    fenced = False
    for line in page.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
            continue
        (code if fenced or line.startswith("    ") else text).append(line)
    return text, code


def _anchor(heading: str) -> str:
    """Anchor that GitHub gives to a heading."""
    plain = _LINK.sub(lambda link: link.group(0)[1:].split("]")[0], heading).replace("`", "").lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


@functools.cache
def _anchors(path: Path) -> set[str]:
    text, _ = _split(path.read_text(encoding="utf-8"))
    return {_anchor(found.group(1)) for line in text if (found := _HEADING.match(line))}


def _broken_links(path: Path) -> Iterator[str]:
    text, _ = _split(path.read_text(encoding="utf-8"))
    for target in _LINK.findall("\n".join(text)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        if not file.exists():
            yield f"{target}: no such file"
        elif anchor and anchor not in _anchors(file):
            yield f"{target}: no such heading"


def _commands(page: str) -> Iterator[list[str]]:
    """Every command that the code of a page runs, as words, options included."""
    text, code = _split(page)
    spans = _CODE_SPAN.findall("\n".join(text))
    lines = re.sub(r"\\\n\s*", " ", "\n".join(code)).splitlines()
    for line in [*lines, *spans]:
        for part in re.split(r"&&|;|\|| > ", re.sub(r"(^|\s)#.*", "", line)):
            try:
                words = shlex.split(part)
            except ValueError:  # no command: an apostrophe in an example's text
                continue
            if (command := _ours(words)) is not None:
                yield command


def _ours(words: list[str]) -> list[str] | None:
    """Module and arguments of a command of this project, else None."""
    for at, word in enumerate(words):
        following = words[at + 1 :]
        if word == "run_pipeline.py" or (word == "focstream" and following[:1] == ["run"]):
            return ["run_pipeline", *following]
        if word == "focstream" and at == 0 and following and following[0].isalpha():
            return [*CONSOLE.get(following[0], following[0]).split(), *following[1:]]
        if word == "-m" and words[at - 1].startswith("python") and following:
            return following
    return None


@functools.cache
def _help(*command: str) -> str:
    """What a command prints for ``--help-all``, run in this process because a process each takes long."""
    printed = io.StringIO()
    before = sys.argv
    sys.argv = [*command, "--help-all"]
    try:
        with (
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
            warnings.catch_warnings(),
            contextlib.suppress(SystemExit),
            # this process is the tests' and no program, whose end may be at once
            mock.patch("focstream.program.signals.begin", return_value=None),
        ):
            warnings.simplefilter("ignore")
            runpy.run_module(command[0], run_name="__main__", alter_sys=False)
    finally:
        sys.argv = before
    return printed.getvalue()


def _options(*command: str) -> set[str]:
    return {"--help-all", *(option.rstrip(".-") for option in _OPTION.findall(_help(*command)))}


@functools.cache
def _subcommands(package: str) -> tuple[str, ...]:
    """Commands of a package: the words of its help that have a help of their own."""
    words = set(re.findall(r"(?<![\w-])[a-z][a-z-]*(?![\w-])", _help(package)))
    listed = {word for word in words if re.search(rf"(?m)^\W*{word}\s|[{{,]{word}[,}}]", _help(package))}
    return tuple(
        sorted(word for word in listed if f"{package} {word} " in _help(package, word).partition("\n")[0])
    )


@functools.cache
def _all_options() -> frozenset[str]:
    known = set(_options("run_pipeline"))
    for package in PACKAGES:
        for name in _subcommands(package):
            known |= _options(package, name)
    return frozenset(known)


def _wrong(command: list[str]) -> Iterator[str]:
    """What a command names that does not exist."""
    module, *arguments = command
    named = [word.split("=")[0] for word in arguments if _OPTION.fullmatch(word.split("=")[0])]
    if module == "run_pipeline":
        known = _options(module)
    elif module in PACKAGES:
        if not arguments or not re.fullmatch(r"[a-z][a-z-]*", arguments[0]):
            return
        if arguments[0] not in _subcommands(module):
            yield f"python -m {module} {arguments[0]}: no such command"
            return
        known = _options(module, arguments[0])
    elif module.split(".")[0] in (*PACKAGES, "benchmarks"):
        found = importlib.util.find_spec(module)
        if found is None or found.origin is None:
            yield f"python -m {module}: no such module"
            return
        origin = Path(found.origin)
        files = origin.parent.glob("*.py") if found.submodule_search_locations else (origin,)
        source = "".join(file.read_text(encoding="utf-8") for file in files)  # importing takes long
        known = {option for option in named if re.search(rf"\b{option[2:].replace('-', '_')}\b", source)}
    else:
        return
    yield from (f"{' '.join(command[:2])}: no option {option}" for option in named if option not in known)


@pytest.mark.parametrize("path", PAGES, ids=PAGE_NAMES)
def test_every_link_leads_somewhere(path: Path) -> None:
    assert list(_broken_links(path)) == []


@pytest.mark.parametrize("path", PAGES, ids=PAGE_NAMES)
def test_no_line_is_longer_than_a_screen_is_wide(path: Path) -> None:
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    assert [(at, len(line)) for at, line in lines if len(line) > LONGEST_LINE] == []


@pytest.mark.parametrize("path", PAGES, ids=PAGE_NAMES)
def test_every_command_and_option_in_a_page_exists(path: Path) -> None:
    commands = _commands(path.read_text(encoding="utf-8"))
    assert [fault for command in commands for fault in _wrong(command)] == []


@pytest.mark.parametrize("path", PAGES, ids=PAGE_NAMES)
def test_every_option_named_in_the_text_of_a_page_exists(path: Path) -> None:
    text, _ = _split(path.read_text(encoding="utf-8"))
    spans = [span for span in _CODE_SPAN.findall("\n".join(text)) if span.startswith("--")]
    options = [option for span in spans for option in _OPTION.findall(span)]
    assert [option for option in options if not _is_known(option)] == []


def _is_known(option: str) -> bool:
    """Whether a command has this option, or one that begins so (``--sim.*``)."""
    if option.endswith((".", "-")):
        return any(known.startswith(option) for known in _all_options())
    return option in _all_options()


def test_every_page_that_the_sources_name_exists() -> None:
    named = {
        (_name(path), docs)
        for path in [*_tracked(SOURCES), ROOT / "Makefile"]
        if path != Path(__file__)
        for docs in _DOCS_PATH.findall(path.read_text(encoding="utf-8"))
    }
    assert named, "the sources name no page at all: is the search broken?"
    assert sorted(pair for pair in named if not (ROOT / pair[1]).exists()) == []


def test_every_page_and_picture_is_reached_from_the_map_or_the_front_page() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        path = waiting.pop()
        if path in reached or not path.exists():
            continue
        reached.add(path)
        if path.suffix == ".md":
            waiting += [
                (path.parent / target.partition("#")[0]).resolve()
                for target in _LINK.findall(path.read_text(encoding="utf-8"))
                if not re.match(r"[a-z]+:|#", target)
            ]
    files = {path for path in (ROOT / "docs").rglob("*") if path.is_file()}
    assert sorted(_name(path) for path in files - reached) == []


def test_no_folder_of_the_documentation_is_crowded() -> None:
    folders = [path for path in (ROOT / "docs").rglob("*") if path.is_dir()]
    assert [_name(path) for path in folders if len(list(path.iterdir())) > MOST_FILES] == []


_MADE_BY = {
    "--log",
    "--out",
    "--picture",
    "--record",
    "--report",
    "--rerun",
    "--results",
    "--run",
    "--save",
    "--table",
    "--view-save",
}
_BUILT = {"calibration.toml", "examples/subscribe", "examples/node_modules/", "examples/package-lock.json"}
"""What is made beside what a command names."""


def _made(page: str) -> Iterator[str]:
    """Files and folders that the commands of a page make here; words in capitals stand for something else."""
    for option, word in itertools.chain.from_iterable(map(itertools.pairwise, _commands(page))):
        if option in _MADE_BY and not re.match("-|/|docs/|[A-Z]", word) and word.upper() != word:
            yield word if "." in word else f"{word}/"


def test_what_the_commands_of_the_pages_make_is_ignored_by_git() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("needs a git checkout")
    made = {word for path in PAGES for word in _made(path.read_text(encoding="utf-8"))} | _BUILT
    made -= {word for word in made if word.startswith("engines/weights/")}  # those are shipped
    assert len(made) > 20
    asked = "\n".join(sorted(made))
    command = ["git", "check-ignore", "--no-index", "--stdin"]
    done = subprocess.run(command, input=asked, capture_output=True, text=True, cwd=ROOT, check=False)
    assert sorted(made - set(done.stdout.split())) == []
