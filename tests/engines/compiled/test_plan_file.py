"""Plans on disk: what is damaged, or for something else, is built again and never loaded."""

import functools
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engines.compiled import plan_file
from engines.compiled.cache import CompiledKey, cache_folder
from engines.compiled.plan_file import _said_to_go_on, load_or_build, plan_path, read_plan, write_plan
from engines.errors import EngineError
from engines.graphs.folder import GraphPart
from tests.children import PATIENCE_S, wait_for

KEY = CompiledKey(
    graphs_digest="ab12",
    engine="tensorrt",
    version="11.4.0",
    device="Some GPU sm_89",
    precision="f16",
    shape=(1, 480, 640),
)
STEP = GraphPart.STEP
PLAN = bytes(range(256)) * 20


def as_it_is(plan: bytes, _: str) -> bytes:
    return plan


def build_again() -> tuple[bytes, bytes]:
    return b"built again", b"built again"


def never() -> tuple[bytes, bytes]:
    raise AssertionError("it was built again")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A plan in a cache."""
    assert load_or_build(KEY, STEP, as_it_is, lambda: (PLAN, PLAN), cache=tmp_path)[0] == PLAN
    return plan_path(KEY, STEP, cache=tmp_path)


def test_a_plan_is_built_once(path: Path, tmp_path: Path) -> None:
    assert load_or_build(KEY, STEP, as_it_is, never, cache=tmp_path) == (PLAN, path)
    assert sorted(p.name for p in path.parent.iterdir()) == ["compiled.json", "step.plan"]


def test_where_a_plan_is_kept_is_said_of_the_cache_of_the_user_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder of a trial is gone when somebody reads of it."""
    caplog.set_level(logging.INFO)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for cache in (tmp_path / "trial", cache_folder()):
        load_or_build(KEY, STEP, as_it_is, build_again, cache=cache)
    assert caplog.messages[0].endswith("f16")
    assert caplog.messages[1].endswith(f"f16; once, kept in {tmp_path / 'focstream'}")


def test_who_comes_while_it_is_built_waits_for_it(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    begun = threading.Event()

    def build_slowly() -> tuple[bytes, bytes]:
        begun.set()
        wait_for(lambda: "waiting for another process that builds step" in caplog.text)
        return PLAN, PLAN

    with ThreadPoolExecutor(2) as threads:  # a lock of a file is one of its opening, in another thread, too
        first = threads.submit(load_or_build, KEY, STEP, as_it_is, build_slowly, cache=tmp_path)
        assert begun.wait(PATIENCE_S)
        second = threads.submit(load_or_build, KEY, STEP, as_it_is, never, cache=tmp_path)
        assert first.result(PATIENCE_S) == second.result(PATIENCE_S)


def test_parts_have_files_of_their_own(path: Path, tmp_path: Path) -> None:
    load_or_build(KEY, GraphPart.DECODE, as_it_is, lambda: (b"decode", b"decode"), cache=tmp_path)
    assert load_or_build(KEY, STEP, as_it_is, never, cache=tmp_path)[0] == PLAN


@pytest.mark.parametrize("at", [0, 3, 4, 30, 500, 2000, -1])
def test_one_changed_bit_is_seen(
    path: Path, tmp_path: Path, at: int, caplog: pytest.LogCaptureFixture
) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(bytes(content))
    assert load_or_build(KEY, STEP, as_it_is, build_again, cache=tmp_path) == (b"built again", path)
    assert f"{path}: " in caplog.text
    assert "it is built again" in caplog.text
    assert load_or_build(KEY, STEP, as_it_is, never, cache=tmp_path)[0] == b"built again"


@pytest.mark.parametrize("size", [0, 2, 100, 5000])
def test_a_file_that_was_cut_off(path: Path, tmp_path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])
    assert load_or_build(KEY, STEP, as_it_is, build_again, cache=tmp_path)[0] == b"built again"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"graphs_digest": "cd34"}, "graphs_digest"),
        ({"version": "10.9"}, "version"),
        ({"device": "Other GPU sm_86"}, "device"),
        ({"precision": "f32"}, "precision"),
        ({"shape": (1, 240, 320)}, "shape"),
        ({"engine": "tensorrt_rtx"}, "engine"),
    ],
)
def test_a_plan_for_something_else_is_not_loaded(
    path: Path, tmp_path: Path, change: dict[str, object], named: str, caplog: pytest.LogCaptureFixture
) -> None:
    write_plan(path, PLAN, KEY.model_copy(update=change), STEP)
    assert load_or_build(KEY, STEP, as_it_is, build_again, cache=tmp_path)[0] == b"built again"
    assert f"was made with another {named}; it is built again" in caplog.text


def test_a_plan_that_its_engine_refuses_is_built_again(
    path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(plan: bytes, name: str) -> bytes:
        raise EngineError(f"{name}: was compiled for {len(plan)} other instructions")

    assert load_or_build(KEY, STEP, refuse, build_again, cache=tmp_path) == (b"built again", path)
    assert f"{path}: was compiled for 5120 other instructions; it is built again" in caplog.text
    assert load_or_build(KEY, STEP, as_it_is, never, cache=tmp_path) == (b"built again", path)


def test_a_plan_of_another_part_is_not_loaded(path: Path) -> None:
    write_plan(path, PLAN, KEY, GraphPart.DECODE)
    with pytest.raises(EngineError, match="another part of the network"):
        read_plan(path, KEY, STEP)


def test_a_plan_of_another_format_is_not_loaded(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"focstream-plan/1", b"focstream-plan/0"))
    with pytest.raises(EngineError, match="another format"):
        read_plan(path, KEY, STEP)


def test_a_cache_that_cannot_be_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    with caplog.at_level(logging.WARNING):
        assert load_or_build(KEY, STEP, as_it_is, build_again, cache=blocked) == (b"built again", None)
    assert "the plan is not kept" in caplog.text


def test_a_cache_that_holds_too_much_loses_what_was_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = KEY.model_copy(update={"precision": "other"})
    load_or_build(other, STEP, as_it_is, lambda: (PLAN, PLAN), cache=tmp_path)
    remove = functools.partial(plan_file.remove_oldest, limit_bytes=1)
    monkeypatch.setattr(plan_file, "remove_oldest", remove)
    _, path = load_or_build(KEY, STEP, as_it_is, lambda: (PLAN, PLAN), cache=tmp_path)
    assert path is not None
    assert path.exists()
    assert not plan_path(other, STEP, cache=tmp_path).exists()


def test_the_log_says_which_of_how_many_is_built(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    for part in (STEP, GraphPart.DECODE):
        load_or_build(KEY, part, as_it_is, lambda: (PLAN, PLAN), cache=tmp_path, parts=5)
    said = [record.message for record in caplog.records]
    assert said[0].startswith("building step (1 of 5) for ")
    assert said[1].startswith("building decode (2 of 5) for ")


def test_a_build_that_takes_long_is_said_to_go_on(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with _said_to_go_on(GraphPart.STEP, every_s=0.001):
        while "still building step, " not in caplog.text:
            time.sleep(0.001)
