"""Compiled graphs lie where the user's cache is, each under all that it depends on."""

import os
from pathlib import Path

import pytest

from engines.compiled.cache import (
    CompiledKey,
    cache_folder,
    compiled_folder,
    list_compiled,
    mark_used,
    remove_oldest,
)

KEY = CompiledKey(
    graphs_digest="0" * 64,
    engine="openvino",
    version="2026.4",
    device="some processor",
    precision="bf16",
    shape=(1, 480, 640),
)


def test_the_environment_names_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "focstream"


@pytest.mark.parametrize("value", ["", "relative/path"])
def test_what_is_no_absolute_path_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", value)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    assert cache_folder() == tmp_path / ".cache" / "focstream"


@pytest.mark.parametrize(
    "change",
    [
        {"graphs_digest": "1" * 64},
        {"engine": "other"},
        {"version": "2026.5"},
        {"device": "another processor"},
        {"precision": "f32"},
        {"shape": (2, 480, 640)},
        {"shape": (1, 640, 480)},
    ],
)
def test_whatever_changes_has_a_folder_of_its_own(change: dict[str, object], tmp_path: Path) -> None:
    one = compiled_folder(KEY, cache=tmp_path)
    other = compiled_folder(KEY.model_copy(update=change), cache=tmp_path)
    assert one is not None
    assert other is not None
    assert one != other
    assert one == compiled_folder(KEY, cache=tmp_path)


def test_the_cache_tells_what_is_in_it(tmp_path: Path) -> None:
    folder = compiled_folder(KEY, cache=tmp_path)
    assert folder is not None
    before = next(list_compiled(tmp_path)).size_bytes
    (folder / "code.blob").write_bytes(b"x" * 1000)
    (tmp_path / "compiled" / "stray").mkdir()
    (tmp_path / "compiled" / "stray" / "compiled.json").write_text("not ours")
    (entry,) = list_compiled(tmp_path)
    assert entry.key == KEY
    assert entry.size_bytes == before + 1000


def test_no_cache_is_an_empty_one(tmp_path: Path) -> None:
    assert list(list_compiled(tmp_path / "nowhere")) == []


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "compiled").write_text("a file where a folder should be")
    assert compiled_folder(KEY, cache=tmp_path) is None


def filled(cache: Path, *, width_px: int, used_s: float) -> Path:
    """Put 1000 bytes and more into the cache, used at a time."""
    folder = compiled_folder(KEY.model_copy(update={"shape": (1, 480, width_px)}), cache=cache)
    assert folder is not None
    (folder / "step.plan").write_bytes(b"x" * 1000)
    os.utime(folder / "compiled.json", (used_s, used_s))
    return folder


def test_what_was_not_used_for_the_longest_time_goes_first(tmp_path: Path) -> None:
    old, older, newest = (
        filled(tmp_path, width_px=w, used_s=s) for w, s in ((16, 200), (32, 100), (48, 300))
    )
    assert remove_oldest(tmp_path, limit_bytes=10_000) == 0
    assert remove_oldest(tmp_path, limit_bytes=3_000) > 1000
    assert (older.exists(), old.exists(), newest.exists()) == (False, True, True)


def test_what_was_just_made_stays_whatever_the_limit(tmp_path: Path) -> None:
    older, newer = (filled(tmp_path, width_px=w, used_s=s) for w, s in ((16, 100), (32, 200)))
    remove_oldest(tmp_path, limit_bytes=0, keep=older)
    assert (older.exists(), newer.exists()) == (True, False)


def test_use_makes_it_stay(tmp_path: Path) -> None:
    one, other = (filled(tmp_path, width_px=w, used_s=s) for w, s in ((16, 100), (32, 200)))
    mark_used(KEY.model_copy(update={"shape": (1, 480, 16)}), cache=tmp_path)
    remove_oldest(tmp_path, limit_bytes=1_500)
    assert (one.exists(), other.exists()) == (True, False)


def test_what_is_not_ours_is_never_removed(tmp_path: Path) -> None:
    (tmp_path / "compiled" / "theirs").mkdir(parents=True)
    (tmp_path / "compiled" / "theirs" / "compiled.json").write_text("theirs")
    remove_oldest(tmp_path, limit_bytes=0)
    assert (tmp_path / "compiled" / "theirs" / "compiled.json").exists()
