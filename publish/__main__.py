"""``python -m publish keys`` makes CURVE keys; ``python -m publish compare`` sets two models side by side."""

if __name__ == "__main__":  # before anything that takes time to import
    from focstream.program.signals import begin

    begin("python -m publish")

import sys
from collections.abc import Sequence

from focstream.program.commands import AnyCommand, Command, run_program


def _keys() -> AnyCommand:
    """Make CURVE keys for the publisher and its clients; existing keys are kept."""
    from publish.wire.key_command import KeySettings, make_and_explain

    return Command(KeySettings, make_and_explain)


def _compare() -> AnyCommand:
    """Draw saved sweeps of two models beside the truth."""
    from publish.saved.compare_command import CompareSettings, compare

    return Command(CompareSettings, compare)


_COMMANDS = {"keys": _keys, "compare": _compare}


def main(argv: Sequence[str], *, prog: str = "python -m publish") -> int:
    """Run one command; returns the exit code."""
    about = "Make keys for encrypted streams, and pictures that compare saved sweeps."
    return run_program(_COMMANDS, argv, prog=prog, about=about)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
