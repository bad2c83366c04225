import pytest

from publish.loopback import is_loopback


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1", "[::1]"])
def test_only_this_machine_reaches(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "*", "0.0.0.0", "::", "[::]", "192.168.1.2", "eth0", "localhost.example.com"]
)
def test_others_may_reach(host: str) -> None:
    assert not is_loopback(host)
