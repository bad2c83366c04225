"""Bytes that another program made, kept in a file for the next start."""

import hashlib
import logging
from pathlib import Path

from focstream.files.limits import MIB
from focstream.files.part_files import whole_file
from focstream.files.user_file import read_file
from focstream.types import InputError

_log = logging.getLogger(__name__)

_DIGEST_BYTES = 32
_MOST_BYTES = 256 * MIB  # against a file of another kind; how large they get has not been seen


class KeptBytes:
    """A file that may be missing or damaged, or impossible to write: that costs time and nothing else.

    It begins with the digest of what follows: damaged bytes are not handed to what may crash on them.

    Parameters
    ----------
    path
        The file; neither it nor its folder need exist.
    without
        What happens without it, for the log: such as "the next build measures anew".
    """

    def __init__(self, path: Path, *, without: str) -> None:
        self.path = path
        self._without = without

    def read(self) -> bytes:
        """Return what was kept; nothing where it cannot be read."""
        try:
            content = read_file(self.path, most_bytes=_MOST_BYTES)
        except InputError:
            return b""
        digest, found = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
        return found if hashlib.sha256(found).digest() == digest else b""

    def write(self, found: bytes) -> None:
        """Keep this in place of what was there; two processes may do so at once."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(self.path, replace=True) as making:
                making.write_bytes(hashlib.sha256(found).digest() + found)
        except OSError as error:
            _log.info("%s: cannot be written (%s); %s", self.path, error.strerror, self._without)
