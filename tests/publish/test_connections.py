import logging

import pytest

from publish.connections import Connections


def test_every_port_has_its_own_bound() -> None:
    connections = Connections(most_each=2)
    depth, page = connections.port("depth"), connections.port("page")
    assert [depth.admit() for _ in range(3)] == [True, True, False]
    assert page.admit()
    depth.release()
    assert depth.admit()
    assert [(port.name, port.open, port.refused) for port in connections] == [("depth", 2, 1), ("page", 1, 0)]


def test_refusals_are_reported_once_and_counted_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    port = Connections(most_each=1).port("depth")
    port.report()
    for _ in range(1_000):
        port.admit()
    port.report()
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    assert "has 1 connections" in caplog.messages[0]
    assert "refused 999 connections" in caplog.messages[1]
