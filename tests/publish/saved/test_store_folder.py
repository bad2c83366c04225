"""Sweeps saved in a store."""

import uuid
from pathlib import Path

import numpy as np
import pytest

from focstream.files.store_path import StorePath, location
from focstream.types import InputError
from publish.saved.store_folder import StoreFolder
from publish.saved.sweep_saver import SweepSaver
from tests.updates import make_update

fsspec = pytest.importorskip("fsspec", reason="needs the extra cluster")


@pytest.fixture
def place() -> StorePath:
    found = location(f"memory://{uuid.uuid4().hex}/out")
    assert isinstance(found, StorePath)
    return found


def names_in(place: StorePath) -> list[str]:
    return sorted("/".join(each.parts[-2:]) for each in place.glob("*/*"))


def fill(folder: Path) -> None:
    (folder / "sweep.json").write_text("{}")
    (folder / "depth.npy").write_bytes(b"depth")


def test_numbers_go_on_from_the_highest(place: StorePath) -> None:
    assert StoreFolder(place).add(fill).name == "sweep_000"
    folder = StoreFolder(place)
    assert [folder.add(fill).name, folder.add(fill).name] == ["sweep_001", "sweep_002"]
    assert len(names_in(place)) == 6


def test_a_number_of_its_own_replaces_what_was_there(place: StorePath) -> None:
    folder = StoreFolder(place)
    folder.add(fill, number=7)
    folder.add(lambda hidden: (hidden / "depth.npy").write_bytes(b"newer") and None, number=7)
    store, name = (place / "sweep_007" / "depth.npy").opened()
    assert store.cat_file(name) == b"newer"


@pytest.mark.parametrize("replaces", [False, True])
def test_what_says_that_a_sweep_is_whole_comes_last(
    place: StorePath, monkeypatch: pytest.MonkeyPatch, replaces: bool
) -> None:
    store, _ = place.opened()
    if replaces:
        StoreFolder(place).add(fill, number=7)
    put, written = store.put_file, list[str]()

    def fails_after_two(local: str, name: str) -> None:
        if len(written) == 2:
            raise ConnectionError("503 Slow Down")
        written.append(Path(name).name)
        put(local, name)

    monkeypatch.setattr(store, "put_file", fails_after_two)

    def three_files(folder: Path) -> None:
        fill(folder)
        (folder / "sigma.npy").write_bytes(b"sigma")

    with pytest.raises(InputError, match="503 Slow Down"):
        StoreFolder(place).add(three_files, number=7)
    assert written == ["depth.npy", "sigma.npy"]
    assert names_in(place) == ["sweep_007/depth.npy", "sweep_007/sigma.npy"]


def test_a_saver_writes_there_all_that_it_writes_to_a_disk(tmp_path: Path, place: StorePath) -> None:
    update = make_update(np.full((4, 6), 0.5, np.float32), final=True)
    for folder in (tmp_path, place):
        with SweepSaver(folder) as saver:
            saver.write(update)
    on_disk = sorted((tmp_path / "sweep_000").iterdir())
    assert names_in(place) == [f"sweep_000/{path.name}" for path in on_disk]
    for path in on_disk:
        store, name = (place / "sweep_000" / path.name).opened()
        assert store.cat_file(name) == path.read_bytes()
