"""``python -m publish keys``: makes keys, and prints where each belongs."""

from dataclasses import dataclass
from pathlib import Path

from focstream.program.commands import say
from publish.wire.curve import make_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySettings:
    """Which keys to make.

    Attributes
    ----------
    out
        Folder for the keys; those that are in it are kept.
    clients
        Names of the clients; each gets a key.
    """

    out: Path
    clients: tuple[str, ...] = ("client",)


def make_and_explain(settings: KeySettings) -> None:
    """Make the keys, and print which file belongs where.

    Raises
    ------
    InputError
        When they cannot be made.
    """
    made = make_keys(settings.out, clients=settings.clients)
    say(
        "".join(f"made {path}\n" for path in made)
        + f"publisher: --publish.curve-secret-file {settings.out / 'server.key_secret'} "
        f"--publish.curve-clients-dir {settings.out / 'clients'}\n"
        f"each client needs {settings.out / 'server.key'} and its own .key_secret file, and nothing else"
    )
