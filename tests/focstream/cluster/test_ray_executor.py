"""Ranges on a real Ray: of this computer, and on a cluster of two nodes one of which is lost."""

import logging
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from focstream.cluster import ray_connect, ray_executor
from focstream.cluster.ray_executor import RayExecutor
from focstream.cluster.work import WorkRange
from focstream.errors import InputError
from tests.focstream.cluster.stand_in import Made

pytest.importorskip("ray", reason="needs Ray: pip install -e '.[cluster]'")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

STORE_BYTES = 100 * 2**20


def node(number: int) -> dict[str, Any]:
    return {
        "num_cpus": 1,
        "object_store_memory": STORE_BYTES,
        "include_dashboard": False,
        "node_name": f"n{number}",
    }


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two nodes with a processor core each."""
    from ray.cluster_utils import Cluster

    two = Cluster(initialize_head=True, head_node_args=node(0))
    two.add_node(**node(1))
    yield two
    two.shutdown()


def ranges(count: int, **kinds: int) -> Iterator[WorkRange]:
    named = {number: kind.replace("_", " ") for kind, number in kinds.items()}
    return (WorkRange(number=number, source=named.get(number, "slow")) for number in range(count))


def test_what_goes_wrong_with_a_range_is_its_own(tmp_path: Path, caplog, capfd) -> None:
    kinds = {"die_once": 3, "die": 7, "raise": 9, "warn": 11, "hang_once": 13}
    with RayExecutor(Made(tmp_path), workers=2, retries=1, range_timeout_s=10.0) as executor:
        assert executor.workers == 2
        results = sorted(executor.results(ranges(30, **kinds)), key=lambda result: result.work.number)
    assert [result.work.number for result in results] == list(range(30))
    errors = {result.work.number: result.error for result in results if result.error}
    assert errors.keys() == {7, 9}
    assert errors[7].startswith("given up after 2 tries, the last on ")
    assert errors[9] == "ValueError: of its own"
    assert all(result.node and result.sweeps for result in results if not result.error)
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert any(line.endswith(": a doubt") for line in said)
    assert any("no answer within 10 s; its range is tried again" in line for line in said)
    assert any(tmp_path.glob("closed-*"))  # one of the two may still have been replaced at the end
    assert capfd.readouterr() == ("", "")


def test_a_node_that_is_lost_costs_no_range(cluster, tmp_path: Path) -> None:
    with RayExecutor(Made(tmp_path), address=cluster.address) as executor:
        assert executor.workers == 2
        numbers, nodes = [], set()
        lost = cluster.worker_nodes and next(iter(cluster.worker_nodes))
        for result in executor.results(ranges(60)):
            assert not result.error
            numbers.append(result.work.number)
            nodes.add(result.node)
            if lost and len(nodes) == 2:
                cluster.remove_node(lost, allow_graceful=False)
                lost = None
        assert lost is None
        assert sorted(numbers) == list(range(60))
    cluster.add_node(**node(2))


def test_ranges_are_drawn_as_workers_become_free(cluster, tmp_path: Path) -> None:
    drawn = []

    def drawing() -> Iterator[WorkRange]:
        for work in ranges(40):
            drawn.append(work)
            yield work

    with RayExecutor(Made(tmp_path), address=cluster.address, workers=1) as executor:
        ahead = [len(drawn) - done for done, _ in enumerate(executor.results(drawing()))]
    assert max(ahead) <= 2


def test_another_focstream_on_the_workers_is_refused(cluster, tmp_path: Path, monkeypatch) -> None:
    ours = ray_executor.__version__
    monkeypatch.setattr(ray_executor, "__version__", "0.0.0")
    executor = RayExecutor(Made(tmp_path), address=cluster.address, workers=1)
    with executor, pytest.raises(InputError, match=f"it has focstream {ours}, and this computer 0.0.0"):
        list(executor.results(ranges(2)))


def test_a_player_that_cannot_be_made_is_said_once(cluster, tmp_path: Path) -> None:
    executor = RayExecutor(Made(tmp_path, fault="no such engine"), address=cluster.address)
    with executor, pytest.raises(InputError, match="no such engine") as error:
        list(executor.results(ranges(2)))
    assert "\n" not in str(error.value)


def test_workers_that_are_lost_as_they_begin_are_not_replaced_for_ever(cluster, tmp_path: Path) -> None:
    executor = RayExecutor(Made(tmp_path, dies=True), address=cluster.address, workers=1)
    with executor, pytest.raises(InputError, match="workers are lost as they begin"):
        list(executor.results(ranges(2)))


def test_workers_that_no_node_can_hold_are_not_waited_for_for_ever(cluster, tmp_path: Path) -> None:
    executor = RayExecutor(Made(tmp_path), address=cluster.address, workers=1, threads=64, place_timeout_s=1)
    with executor, pytest.raises(InputError, match="no node has the 64 processor cores"):
        list(executor.results(ranges(2)))


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("127.0.0.1:1", "Connection refused"),
        ("nosuchhost.invalid:6379", "nosuchhost.invalid"),
        ("127.0.0.1:many", "'many' is no port"),
    ],
)
def test_an_address_that_is_none_is_one_line(tmp_path: Path, capfd, address: str, said: str) -> None:
    with pytest.raises(InputError) as error, RayExecutor(Made(tmp_path), address=address):
        pass
    assert said in str(error.value)
    assert address in str(error.value)
    assert capfd.readouterr() == ("", "")


def test_an_address_where_something_else_listens_is_not_waited_for(
    tmp_path: Path, monkeypatch, capfd
) -> None:
    monkeypatch.setattr(ray_connect, "CONNECT_S", 3.0)
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        with (
            pytest.raises(InputError, match="no answer from Ray within 3 s"),
            RayExecutor(Made(tmp_path), address=address),
        ):
            pass
    assert capfd.readouterr() == ("", "")
