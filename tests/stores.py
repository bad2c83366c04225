"""A store for tests: an fsspec filesystem over a folder, which counts what is fetched from it."""

from pathlib import Path

import fsspec
from fsspec.spec import AbstractFileSystem

PROTOCOL = "counted"


class CountedStore(AbstractFileSystem):
    """Has the buckets of `root`, fetches by ranges alone, and fails from `fails_after` fetches on."""

    protocol = PROTOCOL
    root = Path()
    fetched_bytes = 0
    fetches = 0
    infos = 0
    fails_after = 10**9

    def ls(self, path: str, detail: bool = True, **_: object) -> list:
        here = self.root / path
        if not here.exists():
            raise FileNotFoundError(path)
        found = [self._info(str(each.relative_to(self.root))) for each in sorted(here.iterdir())]
        return found if detail else [each["name"] for each in found]

    def info(self, path: str, **_: object) -> dict:
        CountedStore.infos += 1
        return self._info(path)

    def _info(self, path: str) -> dict:
        here = self.root / self._strip_protocol(path)
        if not here.exists():
            raise FileNotFoundError(path)
        kind = "directory" if here.is_dir() else "file"
        return {"name": self._strip_protocol(path), "size": here.stat().st_size, "type": kind}

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **_: object) -> bytes:
        assert start is not None
        assert end is not None
        CountedStore.fetches += 1
        if CountedStore.fetches > self.fails_after:
            raise ConnectionError("503 Slow Down\nRequestId: 17")
        with (self.root / path).open("rb") as file:
            file.seek(start)
            data = file.read(end - start)
        CountedStore.fetched_bytes += len(data)
        return data


def mount(root: Path) -> type[CountedStore]:
    """Let ``counted://`` be a folder, and begin to count."""
    fsspec.register_implementation(PROTOCOL, CountedStore, clobber=True)
    CountedStore.root, CountedStore.fetched_bytes = root, 0
    CountedStore.fetches = CountedStore.infos = 0
    CountedStore.fails_after = 10**9
    return CountedStore
