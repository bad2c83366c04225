"""Numbers of things, in messages."""


def counted(number: int, thing: str) -> str:
    """Return such as "1 sweep" or "2 sweeps"."""
    return f"{number} {thing}{'' if number == 1 else 's'}"
