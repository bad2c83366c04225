"""Addresses of stores as paths."""

import importlib.util
import pickle
from pathlib import Path

import pytest

pytest.importorskip("fsspec", reason="needs fsspec: pip install -e '.[cluster]'")

from focstream.errors import InputError
from focstream.files.store_path import StorePath, location
from focstream.files.user_file import open_file, read_file
from tests.stores import CountedStore, mount

TEXT = b"of a file in a store"


@pytest.fixture
def bucket(tmp_path: Path) -> StorePath:
    (tmp_path / "bucket/day").mkdir(parents=True)
    (tmp_path / "bucket/day/one.mcap").write_bytes(TEXT)
    (tmp_path / "bucket/two.mcap").write_bytes(TEXT)
    mount(tmp_path)
    found = location("counted://bucket")
    assert isinstance(found, StorePath)
    return found


def test_an_address_survives_what_is_done_to_paths(bucket: StorePath) -> None:
    path = bucket / "day" / "one.mcap"
    assert str(path) == "counted://bucket/day/one.mcap"
    assert str(path.parent) == "counted://bucket/day"
    assert (path.name, path.stem, path.suffix) == ("one.mcap", "one", ".mcap")
    assert str(path.with_suffix(".txt")) == "counted://bucket/day/one.txt"
    for again in (location(str(path)), location(Path(str(path))), pickle.loads(pickle.dumps(path))):
        assert (type(again), str(again), again) == (StorePath, str(path), path)


def test_files_and_folders_are_found(bucket: StorePath) -> None:
    assert bucket.is_dir()
    assert not bucket.is_file()
    assert (bucket / "two.mcap").is_file()
    assert not (bucket / "three.mcap").exists()
    assert [str(path) for path in bucket.glob("*.mcap")] == ["counted://bucket/two.mcap"]
    below = sorted(str(path) for path in bucket.rglob("*.mcap"))
    assert below == ["counted://bucket/day/one.mcap", "counted://bucket/two.mcap"]


def test_the_store_is_asked_once_what_a_path_is(bucket: StorePath) -> None:
    store = mount(Path(str(CountedStore.root)))
    for number, path in enumerate((bucket, bucket / "two.mcap", bucket / "three.mcap")):
        for count, ask in enumerate((path.is_file, path.is_dir, path.exists), start=1):
            ask()
            assert store.infos == 3 * number + count


def test_a_file_is_read_as_one_of_this_computer_is(bucket: StorePath) -> None:
    assert read_file(bucket / "two.mcap", most_bytes=100) == TEXT
    with open_file(bucket / "two.mcap") as file:
        assert file.seek(-5, 2) == len(TEXT) - 5
        assert file.read() == b"store"
        assert file.read(1) == b""
        file.seek(3)
        assert file.read(4) == TEXT[3:7]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("counted://bucket/three.mcap", "cannot be read (no such file or bucket)"),
        ("counted://bucket/day", "is a folder"),
        ("nosuch://bucket/one.mcap", "Protocol not known: nosuch; give a path"),
        ("counted://bucket/two.mcap", "at most 3 bytes"),
    ],
)
def test_what_cannot_be_read_is_one_line(bucket: StorePath, address: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        read_file(location(address), most_bytes=3)
    assert said in str(error.value)
    assert address.partition(":")[0] in str(error.value)


@pytest.mark.skipif(importlib.util.find_spec("s3fs") is not None, reason="needs that s3fs is not installed")
def test_a_missing_package_is_named() -> None:
    with pytest.raises(InputError, match=r"^s3://: Install s3fs to access S3"):
        location("s3://bucket/one.mcap").is_file()


def test_a_bucket_that_is_not_there_is_one_line(bucket: StorePath) -> None:
    assert not location("counted://nobody").exists()
    assert list(location("counted://nobody").glob("*")) == []


def test_local_addresses_are_paths(tmp_path: Path) -> None:
    for local in (f"file://{tmp_path}/a b.mcap", f"local://{tmp_path}/a b.mcap"):
        assert location(local) == tmp_path / "a b.mcap"
        assert location(Path(local)) == tmp_path / "a b.mcap"
    for other in ("a/b.mcap", "c:/d.mcap", "/e.mcap"):
        assert location(other) == Path(other)
        assert type(location(other)) is type(Path())


def test_memory_is_a_store() -> None:
    import fsspec

    fsspec.filesystem("memory").pipe_file("/x/one.mcap", TEXT)
    assert read_file(location("memory://x/one.mcap"), most_bytes=100) == TEXT
    assert [str(path) for path in location("memory://x").glob("*.mcap")] == ["memory://x/one.mcap"]
