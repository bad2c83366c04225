"""CURVE keys: who may read the streams, and who is the real publisher."""

import logging
import os
from dataclasses import dataclass
from pathlib import Path

import zmq
import zmq.auth
from zmq.auth.thread import ThreadAuthenticator

from focstream.files.limits import KEY_BYTES
from focstream.files.user_file import check_file
from focstream.types import InputError

_log = logging.getLogger(__name__)
_HOW_TO = "make keys with: python -m publish keys --out DIR"


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveServer:
    """Keys of the publisher.

    Attributes
    ----------
    secret_file
        ``server.key_secret``.
    clients_dir
        Folder with the public keys (``*.key``) of the only clients let in; None lets any CURVE client in.
    """

    secret_file: Path
    clients_dir: Path | None = None

    def apply(self, socket: "zmq.Socket[bytes]") -> None:
        """Make `socket`, not yet bound, a CURVE server."""
        public, secret = _load_secret(self.secret_file)
        _set_keys(socket, public=public, secret=secret, origin=self.secret_file)
        socket.setsockopt(zmq.CURVE_SERVER, 1)

    def start_authenticator(self, context: "zmq.Context[zmq.Socket[bytes]]") -> ThreadAuthenticator | None:
        """Start the thread that lets only known clients in; None when any may come."""
        if self.clients_dir is None:
            _log.info("CURVE without a clients folder: any client that knows the public key may read")
            return None
        _check_clients(self.clients_dir)
        authenticator = ThreadAuthenticator(context)
        authenticator.start()
        authenticator.configure_curve(domain="*", location=self.clients_dir)
        return authenticator


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveClient:
    """Keys of a subscriber.

    Attributes
    ----------
    server_key_file
        The publisher's public key, ``server.key``.
    secret_file
        The subscriber's own ``NAME.key_secret``; None makes a key for this session, which only a publisher
        that lets any client in accepts.
    """

    server_key_file: Path
    secret_file: Path | None = None

    def apply(self, socket: "zmq.Socket[bytes]") -> None:
        """Make `socket`, not yet connected, a CURVE client."""
        if self.secret_file is None:
            public, secret = zmq.curve_keypair()
        else:
            public, secret = _load_secret(self.secret_file)
        _set_keys(socket, public=public, secret=secret, origin=self.secret_file)
        server_key, _ = _load(self.server_key_file)
        try:
            socket.setsockopt(zmq.CURVE_SERVERKEY, server_key)
        except zmq.ZMQError as error:
            raise _bad_key(self.server_key_file) from error


def make_keys(folder: Path, *, clients: tuple[str, ...] = ("client",)) -> list[Path]:
    """Make the publisher's key pair and one for every client; returns the files made.

    The public keys of the clients go to ``folder/clients``. Secret keys are readable for their owner only.

    Raises
    ------
    InputError
        When a key of that name is already there, or the folder cannot be written.
    """
    old_umask = os.umask(0o077)
    try:
        (folder / "clients").mkdir(parents=True, exist_ok=True)
        made = [] if (folder / "server.key_secret").exists() else _make_pair(folder, "server", folder)
        for name in clients:
            made += _make_pair(folder, name, folder / "clients")
    except OSError as error:
        raise InputError(f"cannot write keys to {folder}: {error}; choose another folder") from error
    finally:
        os.umask(old_umask)
    return made


def _make_pair(folder: Path, name: str, public_folder: Path) -> list[Path]:
    secret, public = folder / f"{name}.key_secret", public_folder / f"{name}.key"
    if not name.isidentifier():
        raise InputError(f"{name!r} is no name for a key; use letters, digits and underscores")
    for path in (secret, public):
        if path.exists():
            raise InputError(f"{path} is already there and is kept; choose another name or folder")
    made, _ = zmq.auth.create_certificates(folder, name)
    Path(made).rename(public)
    return [public, secret]


def _load(path: Path) -> tuple[bytes, bytes | None]:
    check_file(path, most_bytes=KEY_BYTES, what="the CURVE key", remedy=_HOW_TO)
    try:
        return zmq.auth.load_certificate(path)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read the CURVE key {path}: {error}; {_HOW_TO}") from error


def _load_secret(path: Path) -> tuple[bytes, bytes]:
    public, secret = _load(path)
    if secret is None:
        raise InputError(f"{path} holds no secret key; give the file that ends in .key_secret, or {_HOW_TO}")
    return public, secret


def _set_keys(socket: "zmq.Socket[bytes]", *, public: bytes, secret: bytes, origin: Path | None) -> None:
    try:
        socket.setsockopt(zmq.CURVE_PUBLICKEY, public)
        socket.setsockopt(zmq.CURVE_SECRETKEY, secret)
    except zmq.ZMQError as error:
        raise _bad_key(origin) from error


def _bad_key(path: Path | None) -> InputError:
    return InputError(f"{path} holds a key that is not 40 characters of Z85; {_HOW_TO}")


def _check_clients(folder: Path) -> None:
    for path in folder.glob("*.key"):
        check_file(path, most_bytes=KEY_BYTES, what="the CURVE key", remedy=_HOW_TO)
    try:
        known = zmq.auth.load_certificates(folder)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read the clients' keys in {folder}: {error}; {_HOW_TO}") from error
    if not known:
        raise InputError(f"{folder} holds no *.key file, so nobody could read the streams; {_HOW_TO}")
