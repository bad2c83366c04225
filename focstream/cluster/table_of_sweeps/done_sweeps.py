"""Which sweeps of which recordings are done, in little memory."""

_BLOCK = 1024


class DoneSweeps:
    """A set of sweeps: of a recording, by their numbers; about a bit each where they follow one another."""

    def __init__(self) -> None:
        self._blocks: dict[str, dict[int, int]] = {}

    def add(self, recording: str, number: int) -> None:
        """Add a sweep."""
        block, bit = divmod(number, _BLOCK)
        blocks = self._blocks.setdefault(recording, {})
        blocks[block] = blocks.get(block, 0) | 1 << bit

    def has(self, recording: str, number: int) -> bool:
        """Whether it was added."""
        block, bit = divmod(number, _BLOCK)
        return bool(self._blocks.get(recording, {}).get(block, 0) >> bit & 1)
