"""Which workers play an archive."""

import importlib.util

import pytest

from focstream.cluster.executors import executor_of
from focstream.cluster.local_executor import LocalExecutor
from focstream.cluster.ray_executor import RayExecutor
from focstream.cluster.settings import ClusterConfig
from tests.focstream.cluster.played import MakeStandIn

RAY_IS_HERE = importlib.util.find_spec("ray") is not None


def kind_of(tmp_path, workers, **config) -> type:
    return type(executor_of(MakeStandIn(tmp_path), ClusterConfig(**config), workers=workers, threads=1))


@pytest.mark.parametrize("workers", [None, 1])
def test_one_worker_needs_no_ray(tmp_path, workers) -> None:
    assert kind_of(tmp_path, workers) is LocalExecutor


def test_several_are_those_of_ray_where_it_is(tmp_path, caplog) -> None:
    caplog.set_level("INFO")
    assert kind_of(tmp_path, 2) is (RayExecutor if RAY_IS_HERE else LocalExecutor)
    assert ("focstream[cluster]" in caplog.text) is not RAY_IS_HERE


def test_the_user_may_choose(tmp_path) -> None:
    assert kind_of(tmp_path, 2, local="processes") is LocalExecutor
    assert kind_of(tmp_path, 1, local="ray") is RayExecutor
    assert kind_of(tmp_path, None, address=()) is RayExecutor
    assert kind_of(tmp_path, 2, address="auto", local="processes") is RayExecutor
