"""Which workers play an archive."""

import importlib.util

import pytest

from capture.config import CaptureConfig
from capture.ranges.archive import archive_of
from focstream.cluster.executors import executor_of
from focstream.cluster.local_executor import LocalExecutor
from focstream.cluster.ray_executor import RayExecutor
from focstream.cluster.settings import ArchiveConfig, ClusterConfig
from focstream.types import InputError
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


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"retries": 5}, "--cluster.retries: only Ray"),
        ({"range_timeout_s": 60.0, "gpus_per_worker": 0.5}, "--cluster.gpus-per-worker and --cluster.range"),
    ],
)
def test_what_plain_processes_cannot_do_is_refused(tmp_path, asked, said) -> None:
    with pytest.raises(InputError, match=said):
        kind_of(tmp_path, 2, local="processes", **asked)
    with pytest.raises(InputError, match=said):
        kind_of(tmp_path, None, **asked)
    assert kind_of(tmp_path, None, local="ray", **asked) is RayExecutor


@pytest.mark.parametrize(
    "asked",
    [
        *({"local": "ray"}, {"address": ()}, {"sweeps": 8}, {"retries": 1}),
        *({"range_timeout_s": 60.0}, {"gpus_per_worker": 1.0}),
    ],
)
def test_whatever_is_said_of_workers_asks_for_them(tmp_path, asked) -> None:
    archive = ArchiveConfig(cluster=ClusterConfig(**asked))
    assert archive_of(CaptureConfig(replay=tmp_path / "a.mcap"), archive) is not None
    with pytest.raises(InputError, match="--cluster"):
        archive_of(CaptureConfig(camera="sim"), archive)


def test_one_worker_is_one_too(tmp_path) -> None:
    assert archive_of(CaptureConfig(replay=tmp_path / "a.mcap"), ArchiveConfig(workers=1)) is not None
    with pytest.raises(InputError, match="--workers"):
        archive_of(CaptureConfig(camera="sim"), ArchiveConfig(workers=1))


def test_plain_processes_alone_ask_for_no_worker(tmp_path) -> None:
    archive = ArchiveConfig(cluster=ClusterConfig(local="processes"))
    assert archive_of(CaptureConfig(replay=tmp_path / "a.mcap"), archive) is None
