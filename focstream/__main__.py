"""``focstream COMMAND``, the console command: takes charge of signals before it imports anything else."""

import sys

from focstream.program.signals import begin


def cli() -> int:
    """Run the console command ``focstream``."""
    begin("focstream")
    from focstream.program.programs import main

    return main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(cli())
