"""Optional packages: a missing one is a clear line that says what to install."""

import importlib

from focstream.errors import FocstreamError, InputError


def install_hint(extra: str = "") -> str:
    """Return the command that installs an extra of focstream, or focstream with what it cannot do without."""
    return f'pip install "focstream[{extra}]"' if extra else "pip install focstream"


def need_extra(
    module: str, *, extra: str, what: str, error: type[FocstreamError] = InputError, package: str = ""
) -> None:
    """Import an optional package, so that a plain import after this one works.

    Parameters
    ----------
    module
        What will be imported.
    extra
        The extra of focstream that brings it.
    what
        The option or the task that needs it, for the message.
    error
        What to raise.
    package
        What brings the module, where that is called otherwise.

    Raises
    ------
    FocstreamError
        When the package is not installed, or does not load on this computer.
    """
    try:
        importlib.import_module(module)
    except (ImportError, OSError) as cause:  # OSError: a library of it is missing
        root = module.partition(".")[0]
        absent = isinstance(cause, ModuleNotFoundError) and cause.name in (module, root)
        why = "" if absent else f", which does not load ({cause})"
        raise error(f"{what} needs the package {package or root}{why}; {install_hint(extra)}") from None
