"""One way for all ``python -m PACKAGE COMMAND`` to run a command and to end."""

import logging
import os
import sys

import tyro
from tyro.extras import SubcommandApp

from focstream.errors import FocstreamError
from focstream.program.memory import keep_freed_memory


def run_command(app: SubcommandApp, *, prog: str) -> int:
    """Run the command that the command line names; a mistake is one clear line and its exit code.

    Parameters
    ----------
    app
        The commands; their options come without the prefix of the settings they are in.
    prog
        How the program is called, for its help.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    keep_freed_memory()
    try:
        app.cli(prog=prog, config=(tyro.conf.OmitArgPrefixes,))
    except FocstreamError as error:
        logging.getLogger(prog).error("%s", error)  # noqa: TRY400 - one clear line, no traceback
        return error.exit_code
    except BrokenPipeError:  # the reader has seen enough; what is left must go somewhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
