"""``python -m publish keys`` makes CURVE keys; ``python -m publish compare`` sets two models side by side."""

import argparse
import sys
from pathlib import Path

from focstream.types import FocstreamError
from publish.saved.side_by_side import save_comparisons
from publish.wire.curve import make_keys


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m publish", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    keys = verbs.add_parser("keys", help="make CURVE keys for the publisher and its clients")
    keys.add_argument("folder", type=Path, metavar="DIR", help="where to put them; existing keys are kept")
    keys.add_argument(
        "--clients", nargs="+", default=["client"], metavar="NAME", help="make a key for each (client)"
    )
    compare = verbs.add_parser("compare", help="draw saved sweeps of two models beside the truth")
    compare.add_argument("first", type=Path, help="folder of saved sweeps")
    compare.add_argument("second", type=Path, help="folder of the same sweeps by another model")
    compare.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to put the pictures")
    options = parser.parse_args(arguments)
    try:
        if options.verb == "compare":
            drawn = save_comparisons(options.first, options.second, options.out)
            sys.stdout.write("".join(f"made {path}\n" for path in drawn))
            return 0
        made = make_keys(options.folder, clients=tuple(options.clients))
    except FocstreamError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    sys.stdout.write(_next_steps(options.folder, made))
    return 0


def _next_steps(folder: Path, made: list[Path]) -> str:
    return "".join(f"made {path}\n" for path in made) + (
        f"publisher: --publish.curve-secret-file {folder / 'server.key_secret'} "
        f"--publish.curve-clients-dir {folder / 'clients'}\n"
        f"each client needs {folder / 'server.key'} and its own .key_secret file, and nothing else\n"
    )


if __name__ == "__main__":
    sys.exit(main())
