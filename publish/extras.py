"""Optional packages: a missing one is a clear line that says what to install."""

import importlib.util

from focstream.types import InputError


def need_extra(module: str, *, extra: str, flag: str) -> None:
    """Check that an optional package can be imported.

    Parameters
    ----------
    module
        What will be imported.
    extra
        The extra of focstream that brings it.
    flag
        The option that needs it, for the message.

    Raises
    ------
    InputError
        When the package is not installed.
    """
    if importlib.util.find_spec(module) is None:
        raise InputError(f'{flag} needs the package {module}; pip install "focstream[{extra}]"')
