"""Files in a store that fsspec reaches, such as S3, by their addresses."""

import os
import re
import stat
from collections.abc import Generator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from focstream.errors import InputError
from focstream.program.extras import need_extra

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/")
_LOCAL = ("file", "local")


class StorePath(type(Path())):  # type: ignore[misc]  # PosixPath or WindowsPath, as Path itself chooses
    """A file or a folder in a store, with those methods of `Path` that readers need.

    Its address is ``s3://bucket/day/one.mcap``, of which `Path` makes ``s3:/bucket/day/one.mcap``: so it is
    known by its first part, and every path that is made from it is one, too.
    """

    def __str__(self) -> str:
        return _ADDRESS.sub(r"\1://", self.as_posix(), count=1)

    def __fspath__(self) -> str:
        return str(self)

    def as_posix(self) -> str:
        """Return it as `Path` has it."""
        return str(super().__str__()).replace("\\", "/")

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:  # noqa: ARG002  # as Path has it
        """Return kind and length.

        Raises
        ------
        FileNotFoundError
            When there is no such file.
        InputError
            When the store cannot be asked.
        """
        store, path = self.opened()
        try:
            info = store.info(path)
        except FileNotFoundError:
            raise FileNotFoundError(2, "no such file or bucket", str(self)) from None
        except Exception as error:  # noqa: BLE001  # every store raises its own
            raise self.refused(error) from None
        mode = stat.S_IFDIR if info["type"] == "directory" else stat.S_IFREG
        return os.stat_result((mode, 0, 0, 1, 0, 0, info.get("size") or 0, 0, 0, 0))

    def exists(self, **_: Any) -> bool:  # noqa: ANN401  # options of Path
        """Whether there is such a file or folder."""
        return self._mode() is not None

    def is_file(self, **_: Any) -> bool:  # noqa: ANN401
        """Whether there is such a file."""
        mode = self._mode()
        return mode is not None and stat.S_ISREG(mode)

    def is_dir(self, **_: Any) -> bool:  # noqa: ANN401
        """Whether there is such a folder: something whose address begins like this."""
        mode = self._mode()
        return mode is not None and stat.S_ISDIR(mode)

    def glob(self, pattern: str, **_: Any) -> "Generator[StorePath]":  # noqa: ANN401
        """Yield what is in this folder under such names.

        Raises
        ------
        InputError
            When there is no such bucket, or the store cannot be asked.
        """
        store, path = self.opened()
        try:
            store.invalidate_cache()  # what was added meanwhile is there
            names = store.glob(f"{path.rstrip('/')}/{pattern}")
        except Exception as error:  # noqa: BLE001  # every store raises its own
            raise self.refused(error) from None
        yield from (StorePath(store.unstrip_protocol(name)) for name in names)

    def rglob(self, pattern: str, **_: Any) -> "Generator[StorePath]":  # noqa: ANN401
        """Yield what is in this folder, and in those in it, under such names; errors as `glob`."""
        return self.glob(f"**/{pattern}")

    def _mode(self) -> int | None:
        """Ask the store once; None where there is nothing."""
        try:
            return self.stat().st_mode
        except FileNotFoundError:
            return None

    def opened(self) -> "tuple[AbstractFileSystem, str]":
        """Return the store, and how it calls this.

        Raises
        ------
        InputError
            When a package for this kind of store is missing, or the store cannot be used.
        """
        address = str(self)
        store = _store(address.partition("://")[0])
        return store, store._strip_protocol(address)

    def refused(self, error: Exception) -> InputError:
        """Say that the store refused, and what the user can do."""
        if isinstance(error, InputError):
            return error
        if isinstance(error, FileNotFoundError):
            return InputError(f"{self}: no such file or bucket; check the address")
        why = str(error).strip() or type(error).__name__
        return InputError(f"{self}: {why}; check the address, and the credentials that the store needs")


def location(given: str | Path) -> Path:
    """Return the path, or the place in a store, that a user named; ``file://`` is a path."""
    text = str(given)
    found = _ADDRESS.match(text)
    if found is None:
        return Path(given)
    if found[1] not in _LOCAL:
        return StorePath(text)
    return Path("/" + text[found.end() :].lstrip("/"))


@lru_cache
def _store(protocol: str) -> "AbstractFileSystem":
    need_extra("fsspec", extra="cluster", what=f"{protocol}://")
    import fsspec

    try:
        return fsspec.filesystem(protocol)
    except ImportError as error:  # fsspec says which package it is
        raise InputError(f"{protocol}://: {error}") from None
    except Exception as error:  # noqa: BLE001  # every store raises its own
        raise InputError(f"{protocol}://: {error}; give a path, or an address such as s3://BUCKET") from None
