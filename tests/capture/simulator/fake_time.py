"""A clock that only moves when somebody sleeps."""


class FakeTime:
    def __init__(self) -> None:
        self.now = 1_000_000_000

    def clock(self) -> int:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += max(round(seconds * 1e9), 1)
