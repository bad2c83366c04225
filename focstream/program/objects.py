"""Objects that a program hands over, checked before they are used."""

from collections.abc import Sequence

from focstream.types import InputError


def require_objects(source: object, sinks: object) -> None:
    """Refuse what is neither a source nor sinks, before it fails in the middle of a sweep."""
    if source is not None and not _has(source, "read", "__enter__", "__exit__"):
        raise InputError(f"source: {source!r} is no focstream.SliceSource, such as Replay or LiveSweep")
    if not isinstance(sinks, Sequence):
        raise InputError(f"sinks: {sinks!r} is no list of sinks; give sinks=[…]")
    for sink in sinks:
        if not _has(sink, "write", "close"):
            raise InputError(f"sinks: {sink!r} is no focstream.Sink, which has write and close")


def _has(value: object, *methods: str) -> bool:
    return all(callable(getattr(value, method, None)) for method in methods)
