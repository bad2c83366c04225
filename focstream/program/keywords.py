"""Messages about options of the command line, as a program knows them: by keyword."""

import re

from pydantic import BaseModel

_FLAG = re.compile(r"(?<![\w/-])--([a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)*)")
_HELP = re.compile(r"(?:; see --help| \(see --help\))")


def in_keywords(message: str, model: type[BaseModel]) -> str:
    """Name the options of `model` in a message as keywords: ``--sim.width-px`` is ``sim.width_px``.

    What is no option of the model stays as it is.
    """

    def keyword(flag: re.Match[str]) -> str:
        name = flag[1].replace("-", "_")
        return name if name.partition(".")[0] in model.model_fields else flag[0]

    return _FLAG.sub(keyword, _HELP.sub("", message))
